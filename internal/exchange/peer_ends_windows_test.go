package exchange

import (
	"net"
	"os"
	"syscall"
	"testing"
)

// A reset has the number that Windows gives it.
func TestIsPeerEndOnWindows(t *testing.T) {
	for _, number := range []syscall.Errno{10053, 10054} {
		if err := (&net.OpError{Op: "read", Net: "tcp", Err: os.NewSyscallError("wsarecv", number)}); !isPeerEnd(err) {
			t.Errorf("%v is no end", err)
		}
	}
}
