package integration

import (
	"context"
	"crypto/tls"
	"encoding/base64"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"
)

// A recordingProxy is a forward proxy of Go's own that notes each request, and
// what account came with it.
type recordingProxy struct {
	recorder
	address string

	// origins are the addresses behind names that nobody else knows; others
	// are connected to as they are.
	origins map[string]string
	tunnels sync.WaitGroup
}

// startRecordingProxy runs one until the test ends, over TLS where there is a
// configuration for it.
func startRecordingProxy(t testing.TB, origins map[string]string, config *tls.Config) *recordingProxy {
	t.Helper()
	p := &recordingProxy{origins: origins}
	transport := &http.Transport{DialContext: p.dial, DisableCompression: true}
	t.Cleanup(func() {
		p.tunnels.Wait()
		transport.CloseIdleConnections()
	})
	p.address = startRecorded(t, &p.recorder, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p.note(r)
		if r.Method == http.MethodConnect {
			p.tunnel(w, r)
		} else {
			forward(transport, w, r)
		}
	}), config)
	return p
}

// dial connects to an origin.
func (p *recordingProxy) dial(ctx context.Context, network, address string) (net.Conn, error) {
	if known, ok := p.origins[address]; ok {
		address = known
	}
	return new(net.Dialer).DialContext(ctx, network, address)
}

// forward sends a request in absolute form on.
func forward(transport http.RoundTripper, w http.ResponseWriter, r *http.Request) {
	onward := r.Clone(r.Context())
	onward.RequestURI = ""
	onward.Header.Del("Proxy-Authorization")
	response, err := transport.RoundTrip(onward)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	defer response.Body.Close()
	for name, values := range response.Header {
		w.Header()[name] = values
	}
	w.WriteHeader(response.StatusCode)
	io.Copy(w, response.Body)
}

// tunnel answers CONNECT, and copies both ways until both have ended.
func (p *recordingProxy) tunnel(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), 5*time.Second)
	defer cancel()
	origin, err := p.dial(ctx, "tcp", r.Host)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	client, buffered, err := http.NewResponseController(w).Hijack()
	if err != nil {
		origin.Close()
		return
	}
	io.WriteString(client, "HTTP/1.1 200 Connection established\r\n\r\n")
	copyAll := func(to net.Conn, from io.Reader) {
		io.Copy(to, from)
		to.Close()
	}
	p.tunnels.Go(func() { copyAll(origin, buffered) })
	p.tunnels.Go(func() { copyAll(client, origin) })
}

// accountOf is the user of a value of Proxy-Authorization.
func accountOf(value string) string {
	token, ok := strings.CutPrefix(value, "Basic ")
	if !ok {
		return value
	}
	text, err := base64.StdEncoding.DecodeString(token)
	if err != nil {
		return value
	}
	user, _, _ := strings.Cut(string(text), ":")
	return user
}
