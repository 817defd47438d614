package tunnel

import (
	"io"
	"strings"
	"testing"

	"github.com/gohttpx/httpx/network"
	"github.com/gohttpx/httpx/network/networktest"
)

const (
	helloNone     = "\x05\x01\x00"
	helloPassword = "\x05\x02\x00\x02"
	methodIsNone  = "\x05\x00"
	askTarget     = "\x05\x01\x00\x03\x0fwww.example.com\x01\xbb"
	boundIPv4     = "\x05\x00\x00\x01\x7f\x00\x00\x01\x04\x38"
)

// What is asked for, by the kind of the proxy and the form of the target.
func TestSOCKSRequest(t *testing.T) {
	resolve := names(map[string][]string{
		"www.example.com": {"2001:db8::1", "192.0.2.1", "192.0.2.2"},
		"six.example.com": {"2001:db8::1", "2001:db8::2"},
		"map.example.com": {"::ffff:192.0.2.9"},
	})
	for _, test := range []struct {
		kind   Kind
		target string
		want   string
	}{
		{SOCKS5H, "www.example.com:443", askTarget},
		{SOCKS5, "www.example.com:443", "\x05\x01\x00\x01\xc0\x00\x02\x01\x01\xbb"},
		{SOCKS5, "six.example.com:80", "\x05\x01\x00\x04\x20\x01\x0d\xb8" + strings.Repeat("\x00", 11) + "\x01\x00\x50"},
		{SOCKS5, "map.example.com:80", "\x05\x01\x00\x01\xc0\x00\x02\x09\x00\x50"},
		{SOCKS5, "10.1.2.3:65535", "\x05\x01\x00\x01\x0a\x01\x02\x03\xff\xff"},
		{SOCKS5H, "10.1.2.3:1", "\x05\x01\x00\x01\x0a\x01\x02\x03\x00\x01"},
		{SOCKS5H, "[::1]:80", "\x05\x01\x00\x04" + strings.Repeat("\x00", 15) + "\x01\x00\x50"},
		{SOCKS5H, "[::ffff:10.1.2.3]:80", "\x05\x01\x00\x01\x0a\x01\x02\x03\x00\x50"},
		{SOCKS5H, strings.Repeat("a", 255) + ":80", "\x05\x01\x00\x03\xff" + strings.Repeat("a", 255) + "\x00\x50"},
	} {
		t.Run(test.kind.String()+" "+test.target, func(t *testing.T) {
			inTrip(t, []Hop{hop(test.kind, "one")}, Options{Resolve: resolve}, func(p *networktest.Peer) {
				p.Expect(helloNone)
				p.Write(methodIsNone)
				p.Expect(test.want)
				p.Write(boundIPv4)
				echo(p)
			}, func(t *testing.T, tr *trip) {
				s, err := tr.arrive(test.target)
				if err != nil {
					t.Fatal(err)
				}
				tr.wantEcho(s)
			})
		})
	}
}

// What cannot be asked for is refused before a byte is written.
func TestSOCKSUnsayable(t *testing.T) {
	long := strings.Repeat("a", 256)
	socks := func(kind Kind, user, password string) Hop {
		return hop(kind, "one").withCredentials(user, password)
	}
	for name, test := range map[string]struct {
		hop    Hop
		target string
		kind   error
		text   string
	}{
		"long name":        {hop(SOCKS5H, "one"), long + ":80", ErrRequest, "a name of 256 bytes; SOCKS takes 1 to 255"},
		"no name":          {hop(SOCKS5H, "one"), ":80", ErrRequest, "a name of 0 bytes; SOCKS takes 1 to 255"},
		"no port":          {hop(SOCKS5H, "one"), "www.example.com", ErrRequest, "missing port in address"},
		"port too large":   {hop(SOCKS5H, "one"), "www.example.com:65536", ErrRequest, `port "65536" is not a number from 0 to 65535`},
		"port by name":     {hop(SOCKS5H, "one"), "www.example.com:http", ErrRequest, `port "http" is not a number from 0 to 65535`},
		"zone":             {hop(SOCKS5, "one"), "[fe80::1%eth0]:80", ErrRequest, "an address with a zone means nothing to a proxy"},
		"unknown name":     {hop(SOCKS5, "one"), "nowhere.test:80", ErrResolve, "no such host nowhere.test"},
		"no user":          {socks(SOCKS5H, "", "x"), target, ErrRequest, "SOCKS credentials need a user"},
		"long user":        {socks(SOCKS5H, long, "x"), target, ErrRequest, "user or password of more than 255 bytes"},
		"long password":    {socks(SOCKS5H, "x", long), target, ErrRequest, "user or password of more than 255 bytes"},
		"resolves nothing": {hop(SOCKS5, "one"), "empty.test:80", ErrResolve, "no address of empty.test"},
	} {
		t.Run(name, func(t *testing.T) {
			table := names(map[string][]string{"empty.test": {}})
			inTrip(t, []Hop{test.hop}, Options{Resolve: table}, func(p *networktest.Peer) { p.WaitEnd() }, func(t *testing.T, tr *trip) {
				_, err := tr.arrive(test.target)
				fault(t, err, test.kind)
				if !strings.Contains(err.Error(), test.text) {
					t.Errorf("the error is %q; want it to say %q", err, test.text)
				}
				if strings.Contains(err.Error(), long) && name != "long name" {
					t.Errorf("the error has the secret: %q", err)
				}
			})
		})
	}
	t.Run("nobody resolves", func(t *testing.T) {
		inTrip(t, []Hop{hop(SOCKS5, "one")}, Options{}, func(p *networktest.Peer) { p.WaitEnd() }, func(t *testing.T, tr *trip) {
			_, err := tr.arrive(target)
			fault(t, err, ErrResolve)
		})
	})
}

func TestSOCKSAuthentication(t *testing.T) {
	with := hop(SOCKS5H, "one").withCredentials("user", "hunt")
	without := hop(SOCKS5H, "one")
	for name, test := range map[string]struct {
		hop    Hop
		script func(*networktest.Peer)
		kind   error // nil: it succeeds
		text   string
	}{
		"accepted": {with, func(p *networktest.Peer) {
			p.Expect(helloPassword)
			p.Write("\x05\x02")
			p.Expect("\x01\x04user\x04hunt")
			p.Write("\x01\x00")
			p.Expect(askTarget)
			p.Write(boundIPv4)
			echo(p)
		}, nil, ""},
		"not wanted": {with, func(p *networktest.Peer) {
			p.Expect(helloPassword)
			p.Write("\x05\x00")
			p.Expect(askTarget)
			p.Write(boundIPv4)
			echo(p)
		}, nil, ""},
		"refused": {with, func(p *networktest.Peer) {
			p.Expect(helloPassword)
			p.Write("\x05\x02")
			p.Expect("\x01\x04user\x04hunt")
			p.Write("\x01\x01")
		}, ErrAuth, "the credentials were refused"},
		"wrong version": {with, func(p *networktest.Peer) {
			p.Write("\x05\x02\x05\x00")
			p.WaitClosed()
		}, ErrProtocol, "the answer to the credentials begins with byte 0x05, not with version 1"},
		"closes":               {with, func(p *networktest.Peer) { p.Write("\x05\x02"); p.Expect(helloPassword + "\x01\x04user\x04hunt") }, ErrLost, "before the answer to the credentials was there"},
		"wanted":               {without, func(p *networktest.Peer) { p.Expect(helloNone); p.Write("\x05\xff") }, ErrAuth, "credentials are wanted, and there are none"},
		"neither":              {with, func(p *networktest.Peer) { p.Expect(helloPassword); p.Write("\x05\xff") }, ErrAuth, "neither user and password nor nobody"},
		"not offered":          {without, func(p *networktest.Peer) { p.Expect(helloNone); p.Write("\x05\x02") }, ErrProtocol, "method 0x02, which was not offered"},
		"GSSAPI":               {with, func(p *networktest.Peer) { p.Expect(helloPassword); p.Write("\x05\x01") }, ErrProtocol, "method 0x01, which was not offered"},
		"an older version":     {without, func(p *networktest.Peer) { p.Expect(helloNone); p.Write("\x00\x5b") }, ErrProtocol, "the choice of a method begins with byte 0x00, not with version 5"},
		"HTTP":                 {without, func(p *networktest.Peer) { p.Expect(helloNone); p.Answer(400, "") }, ErrProtocol, "byte 0x48, not with version 5: is it an HTTP proxy?"},
		"closes at once":       {without, func(p *networktest.Peer) {}, ErrLost, ""},
		"closes after a byte":  {without, func(p *networktest.Peer) { p.Expect(helloNone); p.Write("\x05") }, ErrLost, "the proxy closed the connection before the choice of a method was there"},
		"resets in the middle": {without, func(p *networktest.Peer) { p.Expect(helloNone); p.Reset() }, ErrLost, "connection reset by peer"},
	} {
		t.Run(name, func(t *testing.T) {
			inTrip(t, []Hop{test.hop}, Options{}, test.script, func(t *testing.T, tr *trip) {
				s, err := tr.arrive(target)
				if test.kind == nil {
					if err != nil {
						t.Fatal(err)
					}
					tr.wantEcho(s)
					return
				}
				fault(t, err, test.kind)
				if !strings.Contains(err.Error(), test.text) || strings.Contains(err.Error(), "hunt") {
					t.Errorf("the error is %q; want it to say %q", err, test.text)
				}
			})
		})
	}
}

// Each reply code is an error in words.
func TestSOCKSReplyCodes(t *testing.T) {
	for code, want := range map[byte]string{
		1:   "1 general SOCKS server failure",
		2:   "2 connection not allowed by ruleset",
		3:   "3 network unreachable",
		4:   "4 host unreachable",
		5:   "5 connection refused",
		6:   "6 TTL expired",
		7:   "7 command not supported",
		8:   "8 address type not supported",
		9:   "9 unassigned reply code",
		255: "255 unassigned reply code",
	} {
		t.Run(want, func(t *testing.T) {
			inTrip(t, []Hop{hop(SOCKS5H, "one")}, Options{}, func(p *networktest.Peer) {
				p.Write(methodIsNone)
				p.Expect(helloNone + askTarget)
				p.Write("\x05" + string([]byte{code}) + "\x00\x01") // and no address: some end here
			}, func(t *testing.T, tr *trip) {
				_, err := tr.arrive(target)
				e := fault(t, err, ErrRefused)
				if e.Status != int(code) || !strings.HasSuffix(err.Error(), ": refused: "+want) {
					t.Errorf("status %d, error %q", e.Status, err)
				}
			})
		})
	}
}

// The reply's address is skipped whatever its form and in whatever pieces it
// comes, and not a byte behind it is read.
func TestSOCKSBoundAddress(t *testing.T) {
	for name, reply := range map[string]string{
		"IPv4":       boundIPv4,
		"IPv6":       "\x05\x00\x00\x04" + strings.Repeat("\x11", 16) + "\x00\x50",
		"name":       "\x05\x00\x00\x03\x09localhost\x00\x50",
		"empty name": "\x05\x00\x00\x03\x00\x00\x50",
		"long name":  "\x05\x00\x00\x03\xff" + strings.Repeat("n", 255) + "\x00\x50",
	} {
		for _, size := range []int{1, 3, 1000} {
			t.Run(name, func(t *testing.T) {
				inTrip(t, []Hop{hop(SOCKS5H, "one")}, Options{}, func(p *networktest.Peer) {
					p.WriteSplit(methodIsNone+reply+"220 ready\r\n", size)
					p.WaitClosed()
				}, func(t *testing.T, tr *trip) {
					s := tr.mustArrive()
					if in, _ := s.Counts(); in != int64(len(methodIsNone+reply)) {
						t.Errorf("%d bytes were read, want %d", in, len(methodIsNone+reply))
					}
					got := make([]byte, len("220 ready\r\n"))
					if _, err := io.ReadFull(s, got); err != nil || string(got) != "220 ready\r\n" {
						t.Errorf("the target said %q, %v", got, err)
					}
				})
			})
		}
	}
}

func TestSOCKSMalformedReply(t *testing.T) {
	for name, test := range map[string]struct {
		reply string
		kind  error
		text  string
	}{
		"version":          {"\x04\x00\x00\x01\x00\x00\x00\x00\x00\x00", ErrProtocol, "the reply begins with byte 0x04, not with version 5"},
		"type of address":  {"\x05\x00\x00\x02\x00\x00\x00\x00\x00\x00", ErrProtocol, "an address of unknown type 0x02 in the reply"},
		"cut":              {"\x05\x00", ErrLost, "before the reply was there"},
		"cut in IPv4":      {"\x05\x00\x00\x01\x01\x02\x03\x04\x00", ErrLost, "before the reply was there"},
		"cut in the name":  {"\x05\x00\x00\x03\x09local", ErrLost, "before the reply was there"},
		"cut at its start": {"\x05\x00\x00\x03", ErrLost, "before the reply was there"},
	} {
		t.Run(name, func(t *testing.T) {
			inTrip(t, []Hop{hop(SOCKS5H, "one")}, Options{}, func(p *networktest.Peer) {
				p.Expect(helloNone)
				p.Write(methodIsNone)
				p.Expect(askTarget)
				p.Write(test.reply)
			}, func(t *testing.T, tr *trip) {
				_, err := tr.arrive(target)
				fault(t, err, test.kind)
				if !strings.Contains(err.Error(), test.text) {
					t.Errorf("the error is %q; want it to say %q", err, test.text)
				}
			})
		})
	}
}

// Whatever a SOCKS proxy sends, the walk ends; and where it succeeds, what is
// behind the reply is all there.
func FuzzSOCKS(f *testing.F) {
	f.Add([]byte(methodIsNone + boundIPv4 + "rest"))
	f.Add([]byte("\x05\x02\x01\x00" + boundIPv4))
	f.Add([]byte("\x05\x00\x05\x00\x00\x03\x03abc\x00\x50tail"))
	f.Add([]byte("\x05\x00\x05\x05\x00\x01"))
	f.Add([]byte("HTTP/1.1 400 Bad Request\r\n\r\n"))
	f.Fuzz(func(t *testing.T, sent []byte) {
		client, server := networktest.Pipe()
		defer server.Close()
		go io.Copy(io.Discard, server)
		_, _ = server.Write(sent)
		_ = server.(interface{ CloseWrite() error }).CloseWrite()

		s := network.NewStream(client)
		defer s.Close()
		w := NewWalker([]Hop{hop(SOCKS5H, "one").withCredentials("u", "p")}, Options{})
		err := w.Walk(t.Context(), s, target)
		if err != nil {
			fault(t, err, err.(*Error).Kind)
			return
		}
		in, _ := s.Counts()
		rest, err := io.ReadAll(s)
		if err != nil || string(rest) != string(sent[in:]) {
			t.Errorf("%q: behind byte %d is %q, %v; want %q", sent, in, rest, err, sent[in:])
		}
	})
}
