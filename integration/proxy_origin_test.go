package integration

import (
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"
)

// A sight is a request as a server of ours saw it.
type sight struct {
	connection int    // its number, from 1
	method     string // and target, as they stood in the request line
	target     string
	host       string
	account    string // of Proxy-Authorization
}

func (s sight) String() string {
	return fmt.Sprintf("connection %d: %s %s %q", s.connection, s.method, s.target, s.account)
}

// A recorder notes what a server sees.
type recorder struct {
	mu          sync.Mutex
	connections int
	sights      []sight
}

// all is what was seen so far, in order.
func (r *recorder) all() []sight {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.sights)
}

func (r *recorder) note(request *http.Request) {
	s := sight{
		connection: request.Context().Value(connectionNumber{}).(int),
		method:     request.Method,
		target:     request.RequestURI,
		host:       request.Host,
		account:    request.Header.Get("Proxy-Authorization"),
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.sights = append(r.sights, s)
}

// connectionNumber is the key of a context.
type connectionNumber struct{}

// number gives a new connection its number.
func (r *recorder) number(ctx context.Context, _ net.Conn) context.Context {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.connections++
	return context.WithValue(ctx, connectionNumber{}, r.connections)
}

// A recordingOrigin answers each request with its own name and the target, over
// http and https.
type recordingOrigin struct {
	recorder
	plain, secure string // base URLs, of localhost
	tls           *tls.Config
}

func startRecordingOrigin(t testing.TB, name string, ca *authority) *recordingOrigin {
	t.Helper()
	o := &recordingOrigin{tls: ca.trust()}
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		o.note(r)
		io.WriteString(w, name+" "+r.RequestURI)
	})
	o.plain = "http://" + named(startRecorded(t, &o.recorder, handler, nil))
	o.secure = "https://" + named(startRecorded(t, &o.recorder, handler, &tls.Config{Certificates: []tls.Certificate{ca.issue(t)}}))
	return o
}

// startRecorded runs a server of Go's until the test ends, over TLS where there
// is a configuration for it.
func startRecorded(t testing.TB, r *recorder, handler http.Handler, config *tls.Config) (address string) {
	t.Helper()
	server := httptest.NewUnstartedServer(handler)
	server.Config.ConnContext = r.number
	if config != nil {
		server.TLS = config
		server.StartTLS()
	} else {
		server.Start()
	}
	t.Cleanup(func() {
		server.CloseClientConnections()
		server.Close()
	})
	return server.Listener.Addr().String()
}

// named is a loopback address by its name, so that somebody has to resolve it.
func named(address string) string {
	_, port, _ := net.SplitHostPort(address)
	return net.JoinHostPort("localhost", port)
}
