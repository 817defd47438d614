//go:build !unix || aix

package network

import (
	"errors"
	"net"
)

// errNotSocket: the descriptor under a conn is of another kind.
var errNotSocket = errors.ErrUnsupported

// A socket cannot be asked without waiting on this system.
type socket struct{}

func (socket) open(net.Conn)                                {}
func (socket) canPeek() bool                                { return false }
func (socket) canRead() bool                                { return false }
func (socket) peek([]byte) (n int, ok bool, err error)      { return 0, true, errNotSocket }
func (socket) read([]byte) (n int, ok bool, err error)      { return 0, true, errNotSocket }
func tryWrite(net.Conn, []byte) (n int, ok bool, err error) { return 0, false, nil }
