package nethttp

import (
	"crypto/tls"
	"io"
	"net/http"

	"github.com/gohttpx/httpx"
	"github.com/gohttpx/httpx/network"
)

// asStream gives the stream of a response that switched protocols. It is a
// net.Conn, and so the io.ReadWriteCloser that net/http promises.
func asStream(res *httpx.Response) (*network.Stream, bool) {
	s, ok := res.Body.(*network.Stream)
	return s, ok
}

// feed has the body of a CONNECT written into the tunnel, which is the way by
// which callers of net/http write to one.
func (x *trip) feed(s *network.Stream) {
	body := x.in.Body
	if !isConnect(x.in) || body == nil || body == http.NoBody {
		return
	}
	x.content.opened.Store(true)
	s.OnClose(func() { body.Close() })
	go func() {
		io.Copy(s, body)
		body.Close()
	}()
}

// security is the TLS state of the connection that a response came on.
func (x *trip) security(res *httpx.Response) *tls.ConnectionState {
	if x.in.URL.Scheme != "https" {
		return nil
	}
	c := res.Connection()
	if c == nil {
		return nil
	}
	if state, ok := c.TLS(); ok {
		return &state
	}
	return nil
}
