package tunnel

import (
	"io"
	"strings"
	"testing"
	"time"

	"github.com/gohttpx/httpx/network/networktest"
)

func TestConnect(t *testing.T) {
	inTrip(t, []Hop{hop(HTTP, "one")}, Options{Connect: time.Minute, TLS: time.Minute}, func(p *networktest.Peer) {
		p.Expect(connectTarget)
		p.Write(established)
		echo(p)
	}, func(t *testing.T, tr *trip) {
		tr.wantEcho(tr.mustArrive())
	})
}

// The fields of a 2xx to CONNECT that speak of a body say nothing (RFC 9110
// section 9.3.6), and interim responses come before it.
func TestConnectGranted(t *testing.T) {
	for name, answer := range map[string]string{
		"plain":          established,
		"without reason": "HTTP/1.1 200\r\n\r\n",
		"HTTP/1.0":       "HTTP/1.0 200 OK\r\n\r\n",
		"another 2xx":    "HTTP/1.1 299 Fine\r\n\r\n",
		"a length":       "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n",
		"chunks":         "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
		"both":           "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n",
		"close":          "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n",
		"no content":     "HTTP/1.1 204 No Content\r\n\r\n",
		"interim":        "HTTP/1.1 103 Early Hints\r\n\r\n" + established,
	} {
		for _, size := range []int{1, 7, 1000} {
			t.Run(name, func(t *testing.T) {
				inTrip(t, []Hop{hop(HTTP, "one")}, Options{}, func(p *networktest.Peer) {
					p.Expect(connectTarget)
					p.WriteSplit(answer, size)
					echo(p)
				}, func(t *testing.T, tr *trip) {
					tr.wantEcho(tr.mustArrive())
				})
			})
		}
	}
}

// What the target sends at once stays in front of what it sends later.
func TestConnectBytesBehindTheAnswer(t *testing.T) {
	inTrip(t, []Hop{hop(HTTP, "one")}, Options{}, func(p *networktest.Peer) {
		p.Expect(connectTarget)
		p.Write(established + "220 rea")
		p.Write("dy\r\n")
	}, func(t *testing.T, tr *trip) {
		got, err := io.ReadAll(tr.mustArrive())
		if string(got) != "220 ready\r\n" || err != nil {
			t.Errorf("the target said %q, %v", got, err)
		}
	})
}

// Headers of a hop are for the hop, and may name another host.
func TestConnectHeaders(t *testing.T) {
	one := hop(HTTP, "one")
	one.Headers = [][2]string{{"User-Agent", "test"}, {"X-Tenant", "7"}}
	inTrip(t, []Hop{one}, Options{}, func(p *networktest.Peer) {
		p.Expect("CONNECT www.example.com:443 HTTP/1.1\r\nHost: www.example.com:443\r\nUser-Agent: test\r\nX-Tenant: 7\r\n\r\n")
		p.Write(established)
		echo(p)
	}, func(t *testing.T, tr *trip) {
		tr.wantEcho(tr.mustArrive())
	})
}

// What cannot be said on the wire is the caller's fault, and nothing is written.
func TestConnectUnsayable(t *testing.T) {
	bad := hop(HTTP, "one")
	bad.Headers = [][2]string{{"X-Note", "a\r\nb: c"}}
	framed := hop(HTTP, "one")
	framed.Headers = [][2]string{{"Transfer-Encoding", "chunked"}}
	for name, test := range map[string]struct {
		hop    Hop
		target string
	}{
		"target": {hop(HTTP, "one"), "www.example.com:443 HTTP/1.1\r\nX: y"},
		"field":  {bad, target},
		"length": {framed, target},
	} {
		t.Run(name, func(t *testing.T) {
			inTrip(t, []Hop{test.hop}, Options{}, func(p *networktest.Peer) { p.WaitEnd() }, func(t *testing.T, tr *trip) {
				_, err := tr.arrive(test.target)
				fault(t, err, ErrRequest)
				if strings.ContainsAny(err.Error(), "\r\n") {
					t.Errorf("the error has more than a line: %q", err)
				}
			})
		})
	}
}
