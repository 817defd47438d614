package exchange

import "syscall"

// peerEnds are what the system says where the other end has left. Windows
// sockets have numbers of their own; those of the standard names are made up by
// package syscall, and come from conns that are no sockets.
var peerEnds = []syscall.Errno{
	syscall.WSAECONNRESET, syscall.WSAECONNABORTED,
	syscall.ECONNRESET, syscall.ECONNABORTED, syscall.EPIPE,
}
