package main

import (
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"
)

// A connectProxy opens tunnels, and remembers where to.
type connectProxy struct {
	url string

	mu      sync.Mutex // guards asked, and that nobody begins to run unseen
	asked   []string
	running sync.WaitGroup
}

func newConnectProxy(t *testing.T) *connectProxy {
	t.Helper()
	p := new(connectProxy)
	server := httptest.NewServer(http.HandlerFunc(p.tunnel))
	p.url = server.URL
	t.Cleanup(func() {
		server.Close() // which does not wait for what was taken over
		p.mu.Lock()
		defer p.mu.Unlock()
		p.running.Wait()
	})
	return p
}

// targets are the ones asked for so far.
func (p *connectProxy) targets() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.asked)
}

func (p *connectProxy) tunnel(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	p.asked = append(p.asked, r.RequestURI)
	p.running.Add(1)
	p.mu.Unlock()
	defer p.running.Done()
	there, err := net.Dial("tcp", r.RequestURI)
	if r.Method != http.MethodConnect || err != nil {
		w.WriteHeader(http.StatusBadGateway)
		return
	}
	w.WriteHeader(http.StatusOK)
	here, buffered, err := w.(http.Hijacker).Hijack()
	if err != nil {
		there.Close()
		return
	}
	defer here.Close()
	defer there.Close()
	var back sync.WaitGroup
	back.Go(func() { pipe(there, here) })
	pipe(buffered, there) // net/http may have read some of it
	back.Wait()
}

// pipe copies until from ends, and says so to the other side.
func pipe(from io.Reader, to net.Conn) {
	io.Copy(to, from)
	to.(*net.TCPConn).CloseWrite()
}
