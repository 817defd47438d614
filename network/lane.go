package network

import (
	"errors"
	"net"
	"sync/atomic"
)

// A lane is one direction of a stream: how many callers are inside a Read (or a
// Write) of it, how many bytes went through, and who has it for himself. The
// way in and the way out are an atomic operation each; there is no lock.
type lane struct {
	state atomic.Uint32 // callers inside, and the flags below
	bytes atomic.Int64
}

const (
	laneClosed    uint32 = 1 << 31 // for good
	laneUpgrading uint32 = 1 << 30 // StartTLS has it: callers are refused
	laneProbing   uint32 = 1 << 29 // Probe has it for a moment: callers wait
	laneFlags            = laneClosed | laneUpgrading | laneProbing
)

// errBusyProbing is not for callers: it says to wait for Probe and try again.
var errBusyProbing = errors.New("network: probing")

// enter counts the caller in. After an error the caller is not inside.
func (l *lane) enter() error {
	if state := l.state.Add(1); state >= laneProbing {
		l.state.Add(^uint32(0))
		return refusal(state)
	}
	return nil
}

func refusal(state uint32) error {
	switch {
	case state&laneClosed != 0:
		return net.ErrClosed
	case state&laneUpgrading != 0:
		return ErrInUse
	}
	return errBusyProbing
}

// leave counts the caller out, and the bytes that it moved in.
func (l *lane) leave(n int) {
	if n > 0 {
		l.bytes.Add(int64(n))
	}
	l.state.Add(^uint32(0))
}

// claim takes the lane for one owner, if nobody is inside.
func (l *lane) claim(flag uint32) error {
	for {
		state := l.state.Load()
		switch {
		case state&laneClosed != 0:
			return net.ErrClosed
		case state != 0:
			return ErrInUse
		}
		if l.state.CompareAndSwap(0, flag) {
			return nil
		}
	}
}

// release ends a claim.
func (l *lane) release(flag uint32) { l.state.And(^flag) }

// shut closes the lane for good and tells whether it was idle then: no caller
// inside and none to come.
func (l *lane) shut() (idle bool) { return l.state.Or(laneClosed) == 0 }

func (l *lane) isClosed() bool { return l.state.Load()&laneClosed != 0 }
