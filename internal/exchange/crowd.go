package exchange

import (
	"runtime"
	"sync/atomic"
)

// A Crowd is connections that are used side by side, by the goroutines of one
// program. Where it is busy, an exchange lets others run between its write and
// its read, which would find nothing yet: they write meanwhile, and later most
// find their answers without having to wait for them. That is a system call of
// three, and what parking and polling costs.
//
// Where few are under way it would only wake threads for nothing. So the crowd
// looks what came of it, and does it the less often the less it did.
type Crowd struct {
	written atomic.Uint64 // requests so far, or their heads, where bodies follow by themselves
	next    atomic.Uint64 // the first of them that lets others run again
	pause   atomic.Uint64 // how many did not before next; 0: the last one that did found it worth it
	enough  uint64        // so many written meanwhile are worth it
}

const (
	// crowdProcs is the most processors for which there is a crowd: goroutines
	// that let others run stand in one queue of the scheduler's, under one lock.
	crowdProcs = 4
	// crowdPause is the longest pause.
	crowdPause = 255
)

// NewCrowd is for the processors that the program has now. It is nil, which is no
// crowd, where they are many.
func NewCrowd() *Crowd {
	procs := runtime.GOMAXPROCS(0)
	if procs > crowdProcs {
		return nil
	}
	// As many as the other processors would write in that time anyhow, and one
	// for each besides: with one processor 1, with two 3.
	return &Crowd{enough: uint64(2*procs - 1)}
}

// Written is how many requests the connections of the crowd have begun to send.
// Anyone may ask.
func (c *Crowd) Written() uint64 { return c.written.Load() }

// letOthersRun comes before the wait for an answer. run lets others run.
func (c *Crowd) letOthersRun(run func()) {
	if c == nil {
		return
	}
	n := c.written.Add(1)
	if n < c.next.Load() {
		return
	}
	run()
	now, pause := c.written.Load(), c.pause.Load()
	switch {
	case now-n < c.enough:
		pause = min(2*pause+1, crowdPause)
		c.pause.Store(pause)
		c.next.Store(now + 1 + pause)
	case pause != 0:
		c.pause.Store(0)
	}
}
