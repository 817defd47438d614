//go:build !windows

package exchange

import "syscall"

// peerEnds are what the system says where the other end has left.
var peerEnds = []syscall.Errno{syscall.ECONNRESET, syscall.ECONNABORTED, syscall.EPIPE}
