package inspect

import (
	"encoding/json"
	"sync"
	"time"

	"github.com/gohttpx/httpx"
)

// A watch follows a pool while somebody looks, and for a while after, so that a
// page that is loaded again shows what was. Then it forgets everything but the
// history of counts. It has no goroutine: whoever looks takes the snapshots, and
// the pool's observer tells the events.
type watch struct {
	pool *httpx.ConnectionPool

	mu      sync.Mutex // guards all below; the pool's lock may be taken under it
	looking int        // how many look
	round   uint64     // counts the times that observing began
	began   time.Time  // when it did; zero: nothing is observed
	stop    func()     // of the observer
	timer   *time.Timer

	lanes   lanes
	recent  ring[httpx.Event]
	missed  uint64 // events that the observer did not get
	history ring[sample]

	snapshot httpx.PoolSnapshot
	text     json.RawMessage // of the snapshot
}

const (
	// linger is for how long a pool is observed after the last one who looked.
	linger = 30 * time.Second
	// freshness is how old a snapshot may be that is shown to several.
	freshness = 200 * time.Millisecond
	// recentEvents is how many events are remembered in all.
	recentEvents = 1024
)

func newWatch(pool *httpx.ConnectionPool) *watch {
	return &watch{pool: pool, history: ring[sample]{size: historySize}}
}

// look begins to look. Who does, calls leave once, when done.
func (w *watch) look() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.looking++
	if w.timer != nil {
		w.timer.Stop()
		w.timer = nil
	}
	if w.stop != nil {
		return
	}
	w.round++
	w.began = time.Now()
	w.recent = ring[httpx.Event]{size: recentEvents}
	round := w.round
	w.stop = w.pool.Observe(func(e httpx.Event) { w.tell(round, e) })
}

// leave ends a look.
func (w *watch) leave() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.looking--
	if w.looking > 0 {
		return
	}
	round := w.round
	w.timer = time.AfterFunc(linger, func() { w.rest(round) })
}

// rest ends the observing, unless somebody came back.
func (w *watch) rest(round uint64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.looking > 0 || w.round != round || w.stop == nil {
		return
	}
	w.stop()
	w.stop, w.timer, w.began = nil, nil, time.Time{}
	// What viewers know of the lanes they know by revision: that goes on.
	w.lanes = lanes{revision: w.lanes.revision}
	w.recent, w.missed = ring[httpx.Event]{}, 0
	w.snapshot, w.text = httpx.PoolSnapshot{}, nil
}

// tell takes an event of the pool.
func (w *watch) tell(round uint64, e httpx.Event) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.stop == nil || w.round != round {
		return // it was on its way when the observing ended
	}
	w.missed += e.Dropped
	w.recent.add(e)
	w.lanes.tell(&e)
}

// refresh takes a snapshot, unless there is one that is fresh. w.mu is held.
func (w *watch) refresh() error {
	if w.text != nil && time.Since(w.snapshot.Time) < freshness {
		return nil
	}
	w.snapshot = w.pool.Snapshot()
	text, err := json.Marshal(&w.snapshot)
	if err != nil {
		return err
	}
	w.text = text
	w.history.add(sampleOf(&w.snapshot))
	w.lanes.look(&w.snapshot)
	return nil
}
