package nethttp

import (
	"errors"
	"net"
	"time"

	"github.com/gohttpx/httpx"
)

// seen is a connection that a hook may look at, and nothing else: its bytes are
// the transport's.
type seen struct{ c *httpx.Connection }

var errSeen = errors.New("nethttp: this connection is for looking at only")

func (s seen) Read([]byte) (int, error)         { return 0, errSeen }
func (s seen) Write([]byte) (int, error)        { return 0, errSeen }
func (s seen) Close() error                     { return errSeen }
func (s seen) LocalAddr() net.Addr              { return s.c.LocalAddr() }
func (s seen) RemoteAddr() net.Addr             { return s.c.RemoteAddr() }
func (s seen) SetDeadline(time.Time) error      { return errSeen }
func (s seen) SetReadDeadline(time.Time) error  { return errSeen }
func (s seen) SetWriteDeadline(time.Time) error { return errSeen }

// String shows the connection.
func (s seen) String() string { return s.c.String() }
