package httpx

import (
	"sync"
	"sync/atomic"
	"time"
)

// A hub gives events to observers. Nobody who tells one waits for an observer:
// each has a queue of its own, and a goroutine while that is not empty. A nil
// hub has no observers, and one without costs a load.
type hub struct {
	watched atomic.Int32 // how many observe

	mu        sync.Mutex // guards all below; nothing waits under it, nobody is called
	sequence  uint64
	observers []*observer
}

const (
	// maxQueued is how many events an observer may be behind; further ones are
	// dropped, and counted.
	maxQueued = 4096
	// keptQueue is the room of a queue, in events, that is kept to be used again:
	// as much as some hundreds of callers at once can fill.
	keptQueue = 2048
)

type observer struct {
	f       func(Event)
	hub     *hub
	stopped atomic.Bool
	spare   []Event // takes the place of the queue that is being told; run's alone

	// The hub's lock guards these.
	queue   []Event
	running bool // its goroutine is
	dropped uint64
}

func (h *hub) isWatched() bool { return h != nil && h.watched.Load() > 0 }

// observe adds an observer until stop is called.
func (h *hub) observe(f func(Event)) (stop func()) {
	if f == nil {
		return func() {}
	}
	o := &observer{f: f, hub: h}
	h.mu.Lock()
	h.observers = append(h.observers, o)
	h.mu.Unlock()
	h.watched.Add(1)
	return sync.OnceFunc(func() {
		h.watched.Add(-1)
		o.stopped.Store(true)
		h.mu.Lock()
		defer h.mu.Unlock()
		o.queue = nil
		for i, other := range h.observers {
			if other == o {
				h.observers = append(h.observers[:i:i], h.observers[i+1:]...)
				return
			}
		}
	})
}

// tell gives an event to the request's own function, at once, and to the
// observers, in their time.
func (h *hub) tell(req *Request, rec *record, e Event) {
	own := req != nil && req.OnEvent != nil
	if !own && !h.isWatched() {
		return
	}
	e.aboutRequest(req, rec)
	if h != nil {
		h.queue(&e)
	} else {
		e.Time = time.Now()
	}
	if own {
		req.OnEvent(e)
	}
}

// queue gives an event its number and its time, which go together, and puts it
// into each observer's queue.
func (h *hub) queue(e *Event) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.sequence++
	e.Sequence, e.Time = h.sequence, time.Now()
	for _, o := range h.observers {
		o.take(*e)
	}
}

// take queues an event. The hub's lock is held.
func (o *observer) take(e Event) {
	if len(o.queue) >= maxQueued {
		o.dropped++
		return
	}
	e.Dropped = o.dropped
	o.dropped = 0
	o.queue = append(o.queue, e)
	if !o.running {
		o.running = true
		go o.run()
	}
}

// run gives the queue to the observer until that is empty.
func (o *observer) run() {
	for {
		o.hub.mu.Lock()
		batch := o.queue
		if len(batch) == 0 || o.stopped.Load() {
			o.running = false
			o.hub.mu.Unlock()
			return
		}
		o.queue = o.spare[:0]
		o.hub.mu.Unlock()
		for i := range batch {
			if o.stopped.Load() {
				break
			}
			o.f(batch[i])
		}
		clear(batch)
		if o.spare = batch; cap(batch) > keptQueue {
			o.spare = nil
		}
	}
}

// Observe has f called for each event of the pool and of its requests from now
// on, in their order, until stop is called; a call that runs then is the last.
// f runs on a goroutine of its own, one call after another: however slow it is,
// the pool does not wait for it, and neither does stop. An observer that is more
// than 4,096 events behind loses the next ones; the event after the gap says
// how many. While nobody observes, events cost nothing.
func (p *ConnectionPool) Observe(f func(Event)) (stop func()) { return p.events.observe(f) }
