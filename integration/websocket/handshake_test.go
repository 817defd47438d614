package websocket

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/gohttpx/httpx"
	"github.com/gohttpx/httpx/network"
	"github.com/gohttpx/httpx/network/networktest"
)

// A handshake is a net.Conn for a library that insists on shaking hands by
// itself: it has the pool send the request that the library writes, gives the
// library the head of the response to read, and is the stream of that from then
// on.
type handshake struct {
	ctx  context.Context
	pool *httpx.ConnectionPool
	url  string

	*network.Stream // nil until the hands are shaken
}

var errNoRequest = errors.New("the library read before it wrote a request")

// Write takes the request, which the library writes at once.
func (h *handshake) Write(p []byte) (int, error) {
	if h.Stream != nil {
		return h.Stream.Write(p)
	}
	r, err := http.ReadRequest(bufio.NewReader(bytes.NewReader(p)))
	if err != nil {
		return 0, err
	}
	var fields httpx.Headers
	for name, values := range r.Header {
		for _, v := range values {
			fields.Add(name, v)
		}
	}
	stream, res, err := h.pool.Upgrade(h.ctx, r.Method, h.url, fields)
	if err != nil {
		return 0, err
	}
	var head strings.Builder
	head.WriteString("HTTP/1.1 101 Switching Protocols\r\n")
	for name, value := range res.Headers.All() {
		head.WriteString(name + ": " + value + "\r\n")
	}
	head.WriteString("\r\n")
	stream.Unread([]byte(head.String()))
	h.Stream = stream
	return len(p), nil
}

func (h *handshake) Read(p []byte) (int, error) {
	if h.Stream == nil {
		return 0, errNoRequest
	}
	return h.Stream.Read(p)
}

// SetDeadline comes before there is a stream, too, which has none.
func (h *handshake) SetDeadline(t time.Time) error {
	if h.Stream == nil {
		return nil
	}
	return h.Stream.SetDeadline(t)
}

var _ net.Conn = (*handshake)(nil)

// trusting is a client's configuration that believes the servers of the tests.
func trusting() *tls.Config {
	_, roots := networktest.Certificate("127.0.0.1")
	return &tls.Config{RootCAs: roots}
}
