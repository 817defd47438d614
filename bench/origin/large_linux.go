package origin

import (
	"fmt"
	"unsafe"

	"golang.org/x/sys/unix"
)

// store puts the body into a file in memory, from which the kernel sends it
// without a copy. A server that copied 64 KiB for each answer would be slower
// than its clients, and they would pay for falling asleep and waking up.
func (b *largeBody) store() error {
	fd, err := unix.MemfdCreate("body", unix.MFD_CLOEXEC)
	if err != nil {
		return fmt.Errorf("memfd_create: %w", err)
	}
	if n, err := unix.Write(fd, b.bytes); err != nil {
		return fmt.Errorf("a file in memory: %w", err)
	} else if n < len(b.bytes) {
		return fmt.Errorf("a file in memory took %d of %d bytes", n, len(b.bytes))
	}
	b.file = fd
	return nil
}

// writeLarge writes a head, and the large body behind it.
func (l *loop) writeLarge(fd int, r *reply) {
	if len(l.conns[fd].out) > 0 {
		l.conns[fd].out = r.appendTo(l.conns[fd].out)
		return
	}
	n, e := sendMore(fd, r.bytes)
	if e != 0 || n < len(r.bytes) { // a socket that takes no head is full, or closed
		l.write(fd, r.appendTo(nil)[n:])
		return
	}
	if n = sendFile(fd, r.body); n < len(r.body.bytes) {
		l.keep(fd, r.body.bytes[n:])
	}
}

// sendMore writes what more follows at once.
func sendMore(fd int, p []byte) (int, unix.Errno) {
	n, _, e := unix.RawSyscall6(unix.SYS_SENDTO, uintptr(fd), uintptr(unsafe.Pointer(&p[0])), uintptr(len(p)), unix.MSG_MORE, 0, 0)
	if e != 0 {
		return 0, e
	}
	return int(n), 0
}

// sendFile sends from the start of the body's file. An error counts as nothing
// sent: the next write has it too.
func sendFile(fd int, b *largeBody) int {
	var at int64
	n, _, e := unix.RawSyscall6(unix.SYS_SENDFILE, uintptr(fd), uintptr(b.file), uintptr(unsafe.Pointer(&at)), uintptr(len(b.bytes)), 0, 0)
	if e != 0 {
		return 0
	}
	return int(n)
}
