package websocket

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	coder "github.com/coder/websocket"
	"github.com/gohttpx/httpx"
	"github.com/gohttpx/httpx/internal/leaktest"
	"github.com/gohttpx/httpx/network/networktest"
	gorilla "github.com/gorilla/websocket"
)

func TestMain(m *testing.M) { leaktest.Main(m) }

// maxMessage is the largest message that is sent.
const maxMessage = 1 << 20

// servers echo each message, in the code of either library, until the client
// says goodbye.
var servers = map[string]http.HandlerFunc{
	"coder": func(w http.ResponseWriter, r *http.Request) {
		c, err := coder.Accept(w, r, &coder.AcceptOptions{Subprotocols: []string{"echo"}, CompressionMode: coder.CompressionContextTakeover})
		if err != nil {
			return
		}
		defer c.CloseNow()
		c.SetReadLimit(maxMessage)
		for {
			kind, data, err := c.Read(r.Context())
			if err != nil {
				return
			}
			if err := c.Write(r.Context(), kind, data); err != nil {
				return
			}
		}
	},
	"gorilla": func(w http.ResponseWriter, r *http.Request) {
		upgrader := gorilla.Upgrader{Subprotocols: []string{"echo"}, EnableCompression: true}
		c, err := upgrader.Upgrade(w, r, nil)
		if err != nil {
			return
		}
		defer c.Close()
		c.SetReadLimit(maxMessage)
		for {
			kind, data, err := c.ReadMessage()
			if err != nil {
				return
			}
			if err := c.WriteMessage(kind, data); err != nil {
				return
			}
		}
	},
}

// onEach runs a test against each library's server, plain and over TLS.
func onEach(t *testing.T, test func(t *testing.T, pool *httpx.ConnectionPool, url string)) {
	certificate, roots := networktest.Certificate("127.0.0.1")
	for name, handler := range servers {
		for _, secure := range []bool{false, true} {
			scheme := "plain"
			if secure {
				scheme = "TLS"
			}
			t.Run(name+"/"+scheme, func(t *testing.T) {
				server := httptest.NewUnstartedServer(handler)
				if secure {
					server.TLS = &tls.Config{Certificates: []tls.Certificate{certificate}}
					server.StartTLS()
				} else {
					server.Start()
				}
				t.Cleanup(server.Close)
				test(t, newPool(t, roots), server.URL+"/feed")
			})
		}
	}
}

func newPool(t *testing.T, roots *x509.CertPool) *httpx.ConnectionPool {
	pool := httpx.NewConnectionPool(&httpx.PoolOptions{
		Connection: httpx.ConnectionOptions{TLS: &tls.Config{RootCAs: roots}},
	})
	t.Cleanup(func() { pool.Close() })
	return pool
}

// proxy is a forward proxy that makes tunnels.
func proxy(t *testing.T) (url string) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodConnect {
			http.Error(w, "only tunnels", http.StatusMethodNotAllowed)
			return
		}
		there, err := net.Dial("tcp", r.RequestURI)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadGateway)
			return
		}
		defer there.Close()
		here, in, err := w.(http.Hijacker).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		defer here.Close()
		io.WriteString(here, "HTTP/1.1 200 OK\r\n\r\n")
		go func() {
			io.Copy(there, in)
			there.Close()
		}()
		io.Copy(here, there)
	}))
	t.Cleanup(server.Close)
	return server.URL
}

// want checks what the pool shows.
func want(t *testing.T, pool *httpx.ConnectionPool, text string) {
	t.Helper()
	if got := pool.String(); got != text {
		t.Errorf("the pool is %s, want %s", got, text)
	}
}

// wantOne checks what the only connection of the pool shows.
func wantOne(t *testing.T, pool *httpx.ConnectionPool, text string) {
	t.Helper()
	all := pool.Connections()
	if len(all) != 1 || all[0].String() != text {
		t.Errorf("the connections are %v, want %s", all, text)
	}
}

// messages are what is said and heard again.
var messages = []string{"hello", "", "Grüße", strings.Repeat("0123456789abcdef", maxMessage/16)}

// within bounds a conversation.
func within(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	t.Cleanup(cancel)
	return ctx
}
