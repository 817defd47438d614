package network

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"sync"
	"syscall"
)

const (
	copyBuffer = 32 << 10  // bytes that a copy through memory holds
	copyStep   = 256 << 10 // bytes that the kernel copies between two updates of Counts
)

var copyBuffers = sync.Pool{New: func() any { return new([copyBuffer]byte) }}

// ReadFrom writes everything that r delivers, until its end. Where the stream is
// plain TCP or a unix socket and r is a file or such a conn, the kernel copies;
// otherwise the bytes go through a buffer of 32 KiB.
func (s *Stream) ReadFrom(r io.Reader) (n int64, err error) {
	if err := s.out.enter(); err != nil {
		return 0, err
	}
	defer s.out.leave(0)
	top := s.layer.Load().top
	if target, ok := kernelTarget(top); ok && isKernelSource(r) {
		n, err = kernelCopy(target, r, s.out.count)
	} else {
		n, err = bufferCopy(top, r, s.out.count)
	}
	if err != nil && s.out.isClosed() {
		err = net.ErrClosed
	}
	return n, err
}

// WriteTo writes everything that the stream delivers to w, until its end; the
// bytes put back by Unread go first. The kernel copies where ReadFrom says that
// it can; w may be such a conn, or a *Stream over one.
func (s *Stream) WriteTo(w io.Writer) (n int64, err error) {
	if err := s.in.enter(); err != nil {
		if err = s.enterReadSlowly(err); err != nil {
			return 0, err
		}
	}
	defer s.in.leave(0)
	if n, err = s.writeAhead(w); err != nil {
		return n, err
	}
	top := s.layer.Load().top
	var m int64
	if target, ok := kernelTarget(w); ok && isNetConn(top) {
		m, err = kernelCopy(target, top, s.in.count)
	} else {
		m, err = bufferCopy(w, top, s.in.count)
	}
	if err != nil && s.in.isClosed() {
		err = net.ErrClosed
	}
	return n + m, err
}

// writeAhead delivers what was put back. What w does not take stays in front.
func (s *Stream) writeAhead(w io.Writer) (n int64, err error) {
	for s.held.Load() {
		s.mu.Lock()
		ahead := s.ahead
		s.ahead = nil
		s.held.Store(false)
		s.mu.Unlock()
		m, err := w.Write(ahead)
		n += int64(m)
		if err == nil && m < len(ahead) {
			err = io.ErrShortWrite
		}
		if err != nil {
			s.Unread(ahead[min(m, len(ahead)):])
			return n, err
		}
	}
	return n, nil
}

// count adds bytes that were moved by a caller who stays inside.
func (l *lane) count(n int64) { l.bytes.Add(n) }

// kernelTarget returns the conn to which the kernel can copy by itself. A stream
// as the target is its own matter: its ReadFrom looks at its own layers.
func kernelTarget(w io.Writer) (io.ReaderFrom, bool) {
	switch w := w.(type) {
	case *net.TCPConn:
		return w, true
	case *Stream:
		return w, isNetConn(w.layer.Load().top)
	}
	return nil, false
}

// isKernelSource says whether the kernel can copy from r by itself.
func isKernelSource(r io.Reader) bool {
	if limited, ok := r.(*io.LimitedReader); ok {
		r = limited.R
	}
	switch r.(type) {
	case *os.File, *net.TCPConn, *net.UnixConn:
		return true
	}
	return false
}

// kernelCopy copies in steps, so that whoever watches the counts sees progress.
func kernelCopy(w io.ReaderFrom, r io.Reader, count func(int64)) (total int64, err error) {
	limited, ok := r.(*io.LimitedReader)
	if !ok {
		limited = &io.LimitedReader{R: r, N: 1<<63 - 1}
	}
	for limited.N > 0 {
		// net looks through one LimitedReader, not through two.
		step := io.LimitedReader{R: limited.R, N: min(limited.N, copyStep)}
		n, err := w.ReadFrom(&step)
		total += n
		limited.N -= n
		count(n)
		if err != nil || step.N > 0 {
			return total, err
		}
	}
	return total, nil
}

func bufferCopy(w io.Writer, r io.Reader, count func(int64)) (total int64, err error) {
	buf := copyBuffers.Get().(*[copyBuffer]byte)
	defer copyBuffers.Put(buf)
	for {
		n, readErr := r.Read(buf[:])
		if n > 0 {
			m, err := w.Write(buf[:n])
			total += int64(m)
			count(int64(m))
			if err == nil && m < n {
				err = io.ErrShortWrite
			}
			if err != nil {
				return total, err
			}
		}
		if readErr == io.EOF {
			return total, nil
		}
		if readErr != nil {
			return total, readErr
		}
	}
}

// SyscallConn returns the descriptor of the bottom conn, for socket options. It
// is refused where bytes read from it would not be the stream's next bytes: on
// TLS, with errors.ErrUnsupported, and with [ErrUnread] while bytes are held
// that were put back.
func (s *Stream) SyscallConn() (syscall.RawConn, error) {
	switch {
	case s.in.isClosed():
		return nil, net.ErrClosed
	case s.layer.Load().isTLS():
		return nil, fmt.Errorf("network: a stream that speaks TLS gives no descriptor: %w", errors.ErrUnsupported)
	case s.held.Load():
		return nil, ErrUnread
	}
	conn, ok := s.bottom.(syscall.Conn)
	if !ok {
		return nil, fmt.Errorf("network: a %T has no descriptor: %w", s.bottom, errors.ErrUnsupported)
	}
	return conn.SyscallConn()
}
