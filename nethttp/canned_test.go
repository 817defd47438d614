package nethttp_test

import (
	"bytes"
	"crypto/tls"
	"net"
	"testing"

	"github.com/gohttpx/httpx"
	"github.com/gohttpx/httpx/network/networktest"
)

// A canned server gives the same answer to every request and allocates nothing
// while it does, so that what a test counts is the client's.
type canned struct {
	answer []byte
	body   int // bytes behind the head of each request
}

// serve listens on loopback until the test ends, and returns the address.
func (c canned) serve(t testing.TB, config *tls.Config) (address string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address = l.Addr().String()
	if config != nil {
		l = tls.NewListener(l, config)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go c.talk(conn)
		}
	}()
	return address
}

func (c canned) talk(conn net.Conn) {
	defer conn.Close()
	buf := make([]byte, 64<<10)
	for have := 0; ; {
		n, err := conn.Read(buf[have:])
		if err != nil {
			return
		}
		have += n
		end := bytes.Index(buf[:have], []byte("\r\n\r\n"))
		if end < 0 || have < end+4+c.body {
			continue
		}
		have = 0
		if _, err := conn.Write(c.answer); err != nil {
			return
		}
	}
}

// tiny is an answer as small services give it.
const tiny = "HTTP/1.1 200 OK\r\nDate: Sun, 22 Nov 2026 14:02:26 GMT\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: 20\r\n\r\nhello, hello, hello\n"

// newPool makes a direct pool that lives as long as the test.
func newPool(t testing.TB) *httpx.ConnectionPool {
	t.Helper()
	return newPoolWith(t, httpx.ConnectionOptions{})
}

func newPoolWith(t testing.TB, options httpx.ConnectionOptions) *httpx.ConnectionPool {
	t.Helper()
	if options.TLS == nil {
		options.TLS = &tls.Config{RootCAs: roots()}
	}
	pool := httpx.NewConnectionPool(&httpx.PoolOptions{Connection: options})
	t.Cleanup(func() { pool.Close() })
	return pool
}

// serverTLS is for servers at 127.0.0.1, which clients with the authorities of
// roots believe.
func serverTLS() *tls.Config {
	certificate, _ := networktest.Certificate("127.0.0.1", "example.com")
	return &tls.Config{Certificates: []tls.Certificate{certificate}}
}
