package tunnel

import (
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/gohttpx/httpx/network/networktest"
)

func TestConnectRefused(t *testing.T) {
	long := strings.Repeat("0123456789", 30)
	for name, test := range map[string]struct {
		answer string
		kind   error
		want   string // of Error
	}{
		"forbidden": {
			networktest.AppendAnswer(403, "not from here"), ErrRefused,
			`proxy http://one.test:8080, asked for "www.example.com:443": refused: 403 Forbidden: "not from here"`,
		},
		"bad gateway with a body that the close ends": {
			"HTTP/1.1 502 Bad Gateway\r\nContent-Type: text/plain\r\n\r\nno route\nto host\n", ErrRefused,
			`proxy http://one.test:8080, asked for "www.example.com:443": refused: 502 Bad Gateway: "no route to host"`,
		},
		"chunks": {
			"HTTP/1.1 503 Busy\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nnot\r\n4\r\n now\r\n0\r\n\r\n", ErrRefused,
			`proxy http://one.test:8080, asked for "www.example.com:443": refused: 503 Busy: "not now"`,
		},
		"a body that is cut": {
			"HTTP/1.1 503 Busy\r\nContent-Length: 100\r\n\r\nnot n", ErrRefused,
			`proxy http://one.test:8080, asked for "www.example.com:443": refused: 503 Busy: "not n"`,
		},
		"a page": {
			networktest.AppendAnswer(403, "<html><body>no</body></html>", "Content-Type: text/html; charset=utf-8"), ErrRefused,
			`proxy http://one.test:8080, asked for "www.example.com:443": refused: 403 Forbidden`,
		},
		"a coded body": {
			networktest.AppendAnswer(403, "\x1f\x8bxx", "Content-Encoding: gzip"), ErrRefused,
			`proxy http://one.test:8080, asked for "www.example.com:443": refused: 403 Forbidden`,
		},
		"no text": {
			networktest.AppendAnswer(403, "a\x00b"), ErrRefused,
			`proxy http://one.test:8080, asked for "www.example.com:443": refused: 403 Forbidden`,
		},
		"control characters": {
			networktest.AppendAnswer(403, "a\x1b[31mb\xffc"), ErrRefused,
			`proxy http://one.test:8080, asked for "www.example.com:443": refused: 403 Forbidden: "a` + "\ufffd" + `[31mb` + "\ufffd" + `c"`,
		},
		"a long body": {
			networktest.AppendAnswer(403, long), ErrRefused,
			`proxy http://one.test:8080, asked for "www.example.com:443": refused: 403 Forbidden: "` + long[:197] + `…"`,
		},
		"a redirect": {
			networktest.AppendAnswer(302, "", "Location: http://login.test/"), ErrRefused,
			`proxy http://one.test:8080, asked for "www.example.com:443": refused: 302 Found`,
		},
		"another protocol": {
			"HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n", ErrProtocol,
			`proxy http://one.test:8080, asked for "www.example.com:443": protocol error: status 101 to CONNECT, which asks for no other protocol`,
		},
		"garbage": {
			"SSH-2.0-OpenSSH_9.6\r\n", ErrProtocol,
			`proxy http://one.test:8080, asked for "www.example.com:443": protocol error: h1: `,
		},
		"a bare LF": {
			"HTTP/1.1 200 OK\n\n", ErrProtocol,
			`proxy http://one.test:8080, asked for "www.example.com:443": protocol error: h1: `,
		},
		"no end of the head": {
			"HTTP/1.1 200 OK\r\nServer: x\r\n", ErrLost,
			`proxy http://one.test:8080, asked for "www.example.com:443": connection lost: h1: head: the peer ended inside it`,
		},
		"nothing": {
			"", ErrLost,
			`proxy http://one.test:8080, asked for "www.example.com:443": connection lost: the peer closed the connection before the response`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			inTrip(t, []Hop{hop(HTTP, "one")}, Options{}, func(p *networktest.Peer) {
				p.Expect(connectTarget)
				p.Write(test.answer)
			}, func(t *testing.T, tr *trip) {
				_, err := tr.arrive(target)
				e := fault(t, err, test.kind)
				if got := e.Error(); got != test.want && !(strings.HasSuffix(test.want, ": h1: ") && strings.HasPrefix(got, test.want)) {
					t.Errorf("the error is\n\t%s\nwant\n\t%s", got, test.want)
				}
				if len(e.Body) > excerptBytes || len(e.Reason) > excerptBytes {
					t.Errorf("body of %d bytes, reason of %d; want %d at most", len(e.Body), len(e.Reason), excerptBytes)
				}
				if tr.world.Dials("*") != 1 {
					t.Errorf("dialled %d times for a refusal", tr.world.Dials("*"))
				}
			})
		})
	}
}

func TestConnectReset(t *testing.T) {
	for name, script := range map[string]func(*networktest.Peer){
		"before the request": func(p *networktest.Peer) { p.Reset() },
		"after it":           func(p *networktest.Peer) { p.Expect(connectTarget); p.Reset() },
		"in the answer": func(p *networktest.Peer) {
			p.Expect(connectTarget)
			p.Write("HTTP/1.1 2")
			p.Reset()
		},
		"end before the request": func(p *networktest.Peer) {},
	} {
		t.Run(name, func(t *testing.T) {
			inTrip(t, []Hop{hop(HTTP, "one")}, Options{}, script, func(t *testing.T, tr *trip) {
				_, err := tr.arrive(target)
				fault(t, err, ErrLost)
			})
		})
	}
}

// The body of a refusal is not waited for: what is there after a second is what
// the error says.
func TestConnectRefusalDribbles(t *testing.T) {
	inTrip(t, []Hop{hop(HTTP, "one")}, Options{}, func(p *networktest.Peer) {
		p.Expect(connectTarget)
		p.Write("HTTP/1.1 403 Forbidden\r\nContent-Length: 1000\r\n\r\nno, and")
		p.WaitClosed()
	}, func(t *testing.T, tr *trip) {
		began := time.Now()
		_, err := tr.arrive(target)
		if e := fault(t, err, ErrRefused); e.Body != "no, and" {
			t.Errorf("the body is %q", e.Body)
		}
		if took := time.Since(began); took != refusalTime {
			t.Errorf("it took %v, want %v", took, refusalTime)
		}
	})
}

// A refusal of any size costs 64 KiB and a buffer.
func TestConnectRefusalWithoutEnd(t *testing.T) {
	inTrip(t, []Hop{hop(HTTP, "one")}, Options{}, func(p *networktest.Peer) {
		p.Expect(connectTarget)
		p.Write("HTTP/1.1 403 Forbidden\r\n\r\n" + strings.Repeat("x", 1<<19))
		p.WaitClosed()
	}, func(t *testing.T, tr *trip) {
		s, err := tr.arrive(target)
		fault(t, err, ErrRefused)
		if in, _ := s.Counts(); in > refusalBytes+72<<10 { // and what was read ahead
			t.Errorf("%d bytes were read", in)
		}
	})
}

// A proxy that echoes what it was told does not bring it into the error.
func TestRefusalEchoesSecrets(t *testing.T) {
	const secret = "dTpvcGVuIHNlc2FtZQ==" // u:open sesame
	for name, answer := range map[string]string{
		"field in the body":    networktest.AppendAnswer(403, "you sent Proxy-Authorization: Basic "+secret),
		"password in the body": networktest.AppendAnswer(403, "wrong: open sesame"),
		"in the reason":        "HTTP/1.1 403 no " + secret + "\r\nContent-Length: 0\r\n\r\n",
		"beyond the excerpt":   networktest.AppendAnswer(403, strings.Repeat(" no", 65)+secret),
	} {
		t.Run(name, func(t *testing.T) {
			inTrip(t, []Hop{hop(HTTP, "one").withCredentials("u", "open sesame")}, Options{}, func(p *networktest.Peer) {
				if got := p.ReadRequest().Get("Proxy-Authorization"); got != "Basic "+secret {
					t.Errorf("the proxy got %q", got)
				}
				p.Write(answer)
				p.WaitClosed()
			}, func(t *testing.T, tr *trip) {
				_, err := tr.arrive(target)
				fault(t, err, ErrRefused)
				text := err.Error()
				if strings.Contains(text, secret[:5]) || strings.Contains(text, "sesame") || !strings.Contains(text, "[redacted]") {
					t.Errorf("the error is %q", text)
				}
			})
		})
	}
}

func TestErrorText(t *testing.T) {
	e := &Error{Hop: 1, Hops: 3, Visible: "socks5://two.test:1080", Kind: ErrLost, Err: io.ErrUnexpectedEOF}
	if got, want := e.Error(), "proxy 2 of 3, socks5://two.test:1080: connection lost: unexpected EOF"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if !errors.Is(e, io.ErrUnexpectedEOF) || !errors.Is(e, ErrLost) || errors.Is(e, ErrAuth) || e.Timeout() {
		t.Error("errors.Is or Timeout is wrong about", e)
	}
}
