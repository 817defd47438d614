package httpx

import (
	"crypto/tls"
	"net"
)

// ID is the number of the connection, unique in the process: what Exchange,
// errors, events and snapshots call it.
func (c *Connection) ID() uint64 { return c.id }

// Origin is where the connection leads: scheme and host, with the port where
// that is not the scheme's.
func (c *Connection) Origin() string { return c.origin.String() }

// LocalAddr is the near end of the byte stream; nil until it is connected.
func (c *Connection) LocalAddr() net.Addr {
	if s := c.stream.Load(); s != nil {
		return s.LocalAddr()
	}
	return nil
}

// RemoteAddr is the far end of the byte stream, which is the first proxy's
// where there is a route; nil until it is connected.
func (c *Connection) RemoteAddr() net.Addr {
	if s := c.stream.Load(); s != nil {
		return s.RemoteAddr()
	}
	return nil
}

// TLS is the state of TLS with the origin; false where there is none.
func (c *Connection) TLS() (tls.ConnectionState, bool) {
	if s := c.stream.Load(); s != nil && c.origin.isSecure() {
		return s.TLS()
	}
	return tls.ConnectionState{}, false
}

// Connection is the one that the response came on, to be looked at; nil where
// a transport that is not ours made the response.
func (r *Response) Connection() *Connection { return r.exchange.conn }

// Conn is the connection that the event is about, to be looked at; nil where
// it is about none.
func (e Event) Conn() *Connection { return e.conn }
