// Package client holds the clients that are measured, each in a file of its
// own that registers it. To add one, write such a file.
package client

import (
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"slices"
)

// A Target says what is asked for, and how.
type Target struct {
	URL     string // https://127.0.0.1:443/path
	Address string // 127.0.0.1:443
	Path    string
	Post    []byte // the body to send; nil: GET

	Callers     int         // at once
	Connections int         // at most
	Once        bool        // a new connection for each request
	TLS         *tls.Config // nil: plain HTTP
}

// Method is GET, or POST where there is a body to send.
func (t *Target) Method() string {
	if t.Post != nil {
		return "POST"
	}
	return "GET"
}

// A Client is a way of sending requests.
type Client struct {
	Name string
	// What it stands for in the report, a few words.
	Words string
	// TakesContext: that a context which can be cancelled ends its requests.
	TakesContext bool
	// PlainOnly: that it can do nothing but plain HTTP on connections that stay.
	PlainOnly bool

	Open func(Target) (Session, error)
}

// A Session is an open client, in use by several goroutines.
type Session interface {
	// Caller makes what one goroutine sends its requests with, again and again.
	Caller(ctx context.Context) (Caller, error)
	Close()
}

// A Caller sends one request, reads its response to the end, and says what came:
// the status and the length of the body. Its owner checks them.
type Caller func() (status, length int, err error)

// bodyBuffer is the size of the buffer that a caller reads bodies into, where
// it has one of its own: any body here fits.
const bodyBuffer = 72 << 10

var registered []Client

func register(c Client) { registered = append(registered, c) }

// order is that of the report.
var order = []string{
	"raw", "yielding raw", "fused raw",
	"httpx SendInto", "httpx Send", "httpx Pool.Request", "httpx Client",
	"httpx RoundTripper", "httpx http.Client",
	"net/http RoundTripper", "net/http http.Client",
	"fasthttp", "hertz",
}

// All returns the clients in the order of the report; those that it does not
// know come last.
func All() []Client {
	place := func(c Client) int {
		if i := slices.Index(order, c.Name); i >= 0 {
			return i
		}
		return len(order)
	}
	all := slices.Clone(registered)
	slices.SortStableFunc(all, func(a, b Client) int { return place(a) - place(b) })
	return all
}

// Named finds a client.
func Named(name string) (Client, error) {
	for _, c := range registered {
		if c.Name == name {
			return c, nil
		}
	}
	return Client{}, fmt.Errorf("no client %q", name)
}

// drain reads body to its end into buf, which is long enough for it.
func drain(body io.Reader, buf []byte) (int, error) {
	n := 0
	for {
		m, err := body.Read(buf[n:])
		n += m
		switch {
		case err == io.EOF:
			return n, nil
		case err != nil:
			return n, err
		case n == len(buf):
			return n, fmt.Errorf("a body of more than %d bytes", n)
		}
	}
}
