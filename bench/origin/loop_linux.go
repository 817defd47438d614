package origin

import (
	"fmt"
	"net"
	"runtime"
	"runtime/debug"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// A loop serves every plain connection on one thread. Its system calls are raw:
// the scheduler of Go has nothing to do here and would cost more than the work.
type loop struct {
	poll, listener int
	answers        *answers
	conns          []conn // by descriptor
	in, out        []byte // shared by all connections
}

// A conn keeps what a connection needs between two events, mostly nothing.
type conn struct {
	isOpen bool
	in     []byte // of a request that is not complete
	out    []byte // of an answer that did not fit the socket's buffer
	isLast bool   // closed when out is written
}

// ServePlain serves HTTP on all addresses of loopback, on a port that it
// passes to ready, until the file stdin ends.
func ServePlain(stdin int, ready func(port int)) error {
	runtime.LockOSThread()
	listener, port, err := listen()
	if err != nil {
		return err
	}
	poll, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		return fmt.Errorf("epoll_create1: %w", err)
	}
	l := &loop{
		poll: poll, listener: listener,
		answers: newAnswers(),
		conns:   make([]conn, 1<<10),
		in:      make([]byte, 128<<10),
		out:     make([]byte, 0, 128<<10),
	}
	for _, body := range []*largeBody{&l.answers.big, &l.answers.chunked} {
		if err := body.store(); err != nil {
			return err
		}
	}
	for _, fd := range []int{listener, stdin} {
		if err := l.register(unix.EPOLL_CTL_ADD, fd, unix.EPOLLIN); err != nil {
			return err
		}
	}
	ready(port)
	// From here on the thread never yields: nothing may wait for it.
	runtime.GC()
	debug.SetGCPercent(-1)
	return l.run(stdin)
}

func listen() (fd, port int, err error) {
	fd, err = unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return 0, 0, fmt.Errorf("socket: %w", err)
	}
	if err := unix.SetsockoptInt(fd, unix.IPPROTO_TCP, unix.TCP_NODELAY, 1); err != nil {
		return 0, 0, fmt.Errorf("TCP_NODELAY: %w", err)
	}
	// 127.0.0.0/8 all leads here; what comes from elsewhere is not accepted.
	if err := unix.Bind(fd, &unix.SockaddrInet4{}); err != nil {
		return 0, 0, fmt.Errorf("bind: %w", err)
	}
	if err := unix.Listen(fd, 4096); err != nil {
		return 0, 0, fmt.Errorf("listen: %w", err)
	}
	name, err := unix.Getsockname(fd)
	if err != nil {
		return 0, 0, fmt.Errorf("getsockname: %w", err)
	}
	return fd, name.(*unix.SockaddrInet4).Port, nil
}

func (l *loop) register(op, fd int, events uint32) error {
	if err := unix.EpollCtl(l.poll, op, fd, &unix.EpollEvent{Events: events, Fd: int32(fd)}); err != nil {
		return fmt.Errorf("epoll_ctl: %w", err)
	}
	return nil
}

// eagerLooks is how often the loop looks for another event before it sleeps,
// for about 100 microseconds in all. To wake a thread on another core costs the
// client that does it more than the rest of its request; a server at the other
// end of a network would not have it pay for that.
const eagerLooks = 400

// run serves until stdin ends.
func (l *loop) run(stdin int) error {
	events := make([]unix.EpollEvent, 512)
	looks := 0
	for {
		timeout := ^uintptr(0) // sleep until something comes
		if looks > 0 {
			looks--
			timeout = 0
		}
		n, _, e := unix.RawSyscall6(unix.SYS_EPOLL_WAIT, uintptr(l.poll), uintptr(unsafe.Pointer(&events[0])), uintptr(len(events)), timeout, 0, 0)
		if e == unix.EINTR {
			continue
		}
		if e != 0 {
			return fmt.Errorf("epoll_wait: %w", e)
		}
		if n == 0 {
			continue
		}
		looks = eagerLooks
		l.answers.refresh(time.Now())
		for _, ev := range events[:n] {
			switch fd := int(ev.Fd); {
			case fd == stdin:
				return nil
			case fd == l.listener:
				if err := l.accept(); err != nil {
					return err
				}
			case ev.Events&unix.EPOLLOUT != 0:
				l.flush(fd)
			default:
				l.serve(fd)
			}
		}
	}
}

// accept takes every connection that waits.
func (l *loop) accept() error {
	for {
		fd, from, err := unix.Accept4(l.listener, unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC)
		switch err {
		case nil:
		case unix.EAGAIN:
			return nil
		case unix.EINTR, unix.ECONNABORTED:
			continue
		default:
			return fmt.Errorf("accept: %w", err)
		}
		if a, ok := from.(*unix.SockaddrInet4); !ok || !net.IP(a.Addr[:]).IsLoopback() {
			unix.Close(fd)
			continue
		}
		for fd >= len(l.conns) {
			l.conns = append(l.conns, make([]conn, len(l.conns))...)
		}
		l.conns[fd] = conn{isOpen: true}
		if err := l.register(unix.EPOLL_CTL_ADD, fd, unix.EPOLLIN); err != nil {
			return err
		}
	}
}

// serve reads what is there and answers what is complete.
func (l *loop) serve(fd int) {
	c := &l.conns[fd]
	if !c.isOpen {
		return
	}
	n, e := rawIO(unix.SYS_READ, fd, l.in)
	if e == unix.EAGAIN || e == unix.EINTR {
		return
	}
	if e != 0 || n == 0 {
		l.close(fd)
		return
	}
	in := l.in[:n]
	if len(c.in) > 0 {
		c.in = append(c.in, in...)
		in = c.in
	}
	l.out = l.out[:0]
	for len(in) > 0 && !c.isLast {
		r := l.answers.to(in)
		if r.isWrong {
			l.close(fd)
			return
		}
		if r.size == 0 {
			break
		}
		in = in[r.size:]
		c.isLast = r.isLast
		if len(in) == 0 && len(l.out) == 0 && r.echo == nil { // the usual case, without a copy
			c.in = c.in[:0]
			if r.body != nil {
				l.writeLarge(fd, &r)
			} else {
				l.write(fd, r.bytes)
			}
			return
		}
		l.out = r.appendTo(l.out)
	}
	c.in = append(c.in[:0], in...)
	if len(l.out) > 0 {
		l.write(fd, l.out)
	}
}

// write sends an answer; what the socket does not take is kept.
func (l *loop) write(fd int, data []byte) {
	c := &l.conns[fd]
	if len(c.out) > 0 {
		c.out = append(c.out, data...)
		return
	}
	n, e := rawIO(unix.SYS_WRITE, fd, data)
	if e == unix.EAGAIN || e == unix.EINTR {
		n, e = 0, 0
	}
	switch {
	case e != 0:
		l.close(fd)
	case n < len(data):
		l.keep(fd, data[n:])
	case c.isLast:
		l.close(fd)
	}
}

// keep has the rest of an answer go out when the socket takes more.
func (l *loop) keep(fd int, rest []byte) {
	l.conns[fd].out = append(l.conns[fd].out, rest...)
	if l.register(unix.EPOLL_CTL_MOD, fd, unix.EPOLLIN|unix.EPOLLOUT) != nil {
		l.close(fd)
	}
}

// flush goes on with an answer that did not fit.
func (l *loop) flush(fd int) {
	c := &l.conns[fd]
	if !c.isOpen {
		return
	}
	n, e := rawIO(unix.SYS_WRITE, fd, c.out)
	if e == unix.EAGAIN || e == unix.EINTR {
		return
	}
	if e != 0 {
		l.close(fd)
		return
	}
	c.out = append(c.out[:0], c.out[n:]...)
	if len(c.out) > 0 {
		return
	}
	if c.isLast || l.register(unix.EPOLL_CTL_MOD, fd, unix.EPOLLIN) != nil {
		l.close(fd)
	}
}

func (l *loop) close(fd int) {
	l.conns[fd] = conn{}
	unix.Close(fd)
}

func rawIO(call uintptr, fd int, p []byte) (int, syscall.Errno) {
	if len(p) == 0 {
		return 0, 0
	}
	n, _, e := unix.RawSyscall(call, uintptr(fd), uintptr(unsafe.Pointer(&p[0])), uintptr(len(p)))
	if e != 0 {
		return 0, e
	}
	return int(n), 0
}
