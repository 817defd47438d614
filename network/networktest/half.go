package networktest

import (
	"io"
	"net"
	"os"
	"sync"
	"syscall"
	"time"

	"github.com/gohttpx/httpx/network"
)

// A half is one direction of a connection: what one end has written and the
// other has not read. Both ends' states that matter to the direction are in it.
type half struct {
	mu      sync.Mutex // never held while waiting, but for the Cond's sake
	changed sync.Cond  // anything below has changed

	pieces [][]byte // one for each Write, in their order
	size   int      // bytes in pieces
	window int      // the most that size may be

	ended        bool // the writer said that there is no more
	reset        bool // the connection was torn down by the writer's or the reader's peer
	readerClosed bool // Close at the reading end
	writerClosed bool // Close at the writing end

	readDeadline  deadline
	writeDeadline deadline
}

func newHalf(window int) *half {
	h := &half{window: window}
	h.changed.L = &h.mu
	return h
}

func (h *half) read(p []byte) (int, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for {
		switch {
		case h.readerClosed:
			return 0, net.ErrClosed
		case h.readDeadline.passed:
			return 0, os.ErrDeadlineExceeded
		case len(p) == 0:
			return 0, nil
		}
		if n, ok, err := h.take(p); ok {
			return n, err
		}
		h.changed.Wait()
	}
}

func (h *half) tryRead(p []byte) (n int, ok bool, err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.readerClosed {
		return 0, true, net.ErrClosed
	}
	return h.take(p)
}

// take is a read that does not wait. The lock is held.
func (h *half) take(p []byte) (n int, ok bool, err error) {
	switch {
	case h.reset:
		return 0, true, os.NewSyscallError("read", syscall.ECONNRESET)
	case len(h.pieces) > 0:
		n = copy(p, h.pieces[0])
		if h.pieces[0] = h.pieces[0][n:]; len(h.pieces[0]) == 0 {
			h.pieces = h.pieces[1:]
		}
		h.size -= n
		h.changed.Broadcast()
		return n, true, nil
	case h.ended:
		return 0, true, io.EOF
	}
	return 0, false, nil
}

func (h *half) write(p []byte) (n int, err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for {
		switch {
		case h.writerClosed:
			return n, net.ErrClosed
		case h.reset:
			return n, os.NewSyscallError("write", syscall.ECONNRESET)
		case h.ended || h.readerClosed:
			return n, os.NewSyscallError("write", syscall.EPIPE)
		case h.writeDeadline.passed:
			return n, os.ErrDeadlineExceeded
		case len(p) == 0:
			return n, nil
		}
		if room := h.window - h.size; room > 0 {
			piece := append([]byte(nil), p[:min(room, len(p))]...)
			h.pieces = append(h.pieces, piece)
			h.size += len(piece)
			n += len(piece)
			p = p[len(piece):]
			h.changed.Broadcast()
			continue
		}
		h.changed.Wait()
	}
}

// update changes the state and wakes whoever waits for it.
func (h *half) update(f func()) {
	h.mu.Lock()
	defer h.mu.Unlock()
	f()
	h.changed.Broadcast()
}

// await waits until the question is answered yes.
func (h *half) await(question func() bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for !question() {
		h.changed.Wait()
	}
}

func (h *half) probe() (network.Liveness, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	switch {
	case h.readerClosed:
		return network.Closed, net.ErrClosed
	case h.reset:
		return network.Closed, os.NewSyscallError("read", syscall.ECONNRESET)
	case len(h.pieces) > 0:
		return network.Doubtful, network.ErrUnread
	case h.ended:
		return network.Closed, io.EOF
	}
	return network.Alive, nil
}

// A deadline belongs to a half, whose lock guards it.
type deadline struct {
	passed bool
	timer  *time.Timer
}

// set has passed become true at t. A timer that was stopped too late finds
// that it is no longer the deadline's.
func (d *deadline) set(h *half, t time.Time) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if d.timer != nil {
		d.timer.Stop()
		d.timer = nil
	}
	wait := time.Until(t)
	d.passed = !t.IsZero() && wait <= 0
	if !t.IsZero() && wait > 0 {
		var timer *time.Timer
		timer = time.AfterFunc(wait, func() {
			h.mu.Lock()
			defer h.mu.Unlock()
			if d.timer == timer {
				d.passed = true
				h.changed.Broadcast()
			}
		})
		d.timer = timer
	}
	h.changed.Broadcast()
}

// stop lets the timer go. The half's lock is held.
func (d *deadline) stop() {
	if d.timer != nil {
		d.timer.Stop()
		d.timer = nil
	}
}
