package exchange

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"slices"
	"syscall"
	"testing"
)

// However an end of the other side is wrapped, it is known; nothing else is
// taken for one.
func TestIsPeerEnd(t *testing.T) {
	ends := []error{io.EOF, io.ErrClosedPipe, fmt.Errorf("pipe: %w", io.ErrClosedPipe)}
	for _, number := range peerEnds {
		ends = append(ends, number, &net.OpError{Op: "read", Net: "tcp", Err: os.NewSyscallError("read", number)})
	}
	for _, err := range ends {
		if !isPeerEnd(err) {
			t.Errorf("%v is no end", err)
		}
	}
	for _, err := range []error{nil, errors.New("other"), net.ErrClosed, os.ErrDeadlineExceeded, context.Canceled, io.ErrUnexpectedEOF, syscall.ENOMEM} {
		if isPeerEnd(err) {
			t.Errorf("%v is an end", err)
		}
	}
	for _, number := range []syscall.Errno{syscall.ECONNRESET, syscall.ECONNABORTED, syscall.EPIPE} {
		if !slices.Contains(peerEnds, number) {
			t.Errorf("%v is not listed", number)
		}
	}
}
