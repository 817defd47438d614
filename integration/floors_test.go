package integration

import (
	"testing"

	"github.com/gohttpx/httpx"
)

// A floor is a way to send a request. What HTTP promises holds on each.
type floor struct {
	name string
	open func(t testing.TB, n *nginx, base string) httpx.Transport
}

var floors = []floor{
	{"Client", func(t testing.TB, n *nginx, _ string) httpx.Transport {
		return httpx.NewClient(&httpx.ClientOptions{Pool: httpx.PoolOptions{Connection: httpx.ConnectionOptions{TLS: n.tls}}})
	}},
	{"ConnectionPool", func(t testing.TB, n *nginx, _ string) httpx.Transport {
		return httpx.NewConnectionPool(&httpx.PoolOptions{Connection: httpx.ConnectionOptions{TLS: n.tls}})
	}},
	{"Connection", func(t testing.TB, n *nginx, base string) httpx.Transport {
		connection, err := httpx.OpenConnection(t.Context(), base, &httpx.ConnectionOptions{TLS: n.tls})
		if err != nil {
			t.Fatal(err)
		}
		return connection
	}},
}

// onEachFloor runs a test on each floor, plain and over TLS. The transport is
// open to base, and is closed behind the test.
func onEachFloor(t *testing.T, n *nginx, test func(t *testing.T, transport httpx.Transport, base string)) {
	t.Helper()
	for _, floor := range floors {
		for scheme, base := range map[string]string{"plain": n.plain, "TLS": n.secure} {
			t.Run(floor.name+" "+scheme, func(t *testing.T) {
				transport := floor.open(t, n, base)
				closeAtEnd(t, transport)
				test(t, transport, base)
			})
		}
	}
}

// newPool returns a pool that is closed behind the test.
func newPool(t testing.TB, options *httpx.PoolOptions) *httpx.ConnectionPool {
	t.Helper()
	pool := httpx.NewConnectionPool(options)
	closeAtEnd(t, pool)
	return pool
}

func closeAtEnd(t testing.TB, transport httpx.Transport) {
	t.Helper()
	t.Cleanup(func() {
		if err := transport.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
}

// An answer is a response and all of its body.
type answer struct {
	*httpx.Response
	body []byte
}

// send sends a request, reads the answer, and ends the test if either fails.
func send(t testing.TB, transport httpx.Transport, method, url string, options ...httpx.RequestOption) answer {
	t.Helper()
	request, err := httpx.NewRequest(method, url, options...)
	if err != nil {
		t.Fatal(err)
	}
	response, err := transport.Send(t.Context(), request)
	if err != nil {
		t.Fatalf("%s: %v", request, err)
	}
	body, err := response.Bytes()
	if err != nil {
		t.Fatalf("the body of %s: %v", request, err)
	}
	return answer{response, body}
}

// want compares the status and the whole body.
func (a answer) want(t testing.TB, status int, body []byte) {
	t.Helper()
	if a.StatusCode != status {
		t.Errorf("%s: status %d, want %d", a.Request, a.StatusCode, status)
	}
	if string(a.body) != string(body) {
		t.Errorf("%s: a body of %d bytes that begins with %.40q, want %d that begin with %.40q", a.Request, len(a.body), a.body, len(body), body)
	}
}

// wantField compares a field of the head; an empty value: it is not there.
func (a answer) wantField(t testing.TB, name, value string) {
	t.Helper()
	if got := a.Headers.Get(name); got != value {
		t.Errorf("%s: %s is %q, want %q", a.Request, name, got, value)
	}
}
