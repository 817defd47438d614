package inspect

import (
	"encoding/json"
	"slices"

	"github.com/gohttpx/httpx"
)

// A frame brings a page up to date. The first one of a viewer has everything
// that is known, the others what changed.
type frame struct {
	First    bool            `json:"first,omitempty"`
	Snapshot json.RawMessage `json:"snapshot"`
	Samples  []sample        `json:"samples"`
	Lanes    []laneUpdate    `json:"lanes"`
	Events   []event         `json:"events"`            // the last ones
	Skipped  uint64          `json:"skipped,omitempty"` // events since the frame before that are left out
	Missed   uint64          `json:"missed,omitempty"`  // events that nobody saw, since the pool was too fast
}

// frameEvents is how many events go into a frame: a page shows no more.
const frameEvents = 60

// A viewer is one page that is open, and what it was told already.
type viewer struct {
	started  bool
	revision uint64
	sample   int64
	event    uint64
}

// next is what the viewer has to be told now.
func (w *watch) next(v *viewer) ([]byte, error) {
	w.mu.Lock()
	f, err := w.frame(v)
	w.mu.Unlock()
	if err != nil {
		return nil, err
	}
	return json.Marshal(f)
}

// frame makes the next frame of a viewer. w.mu is held.
func (w *watch) frame(v *viewer) (frame, error) {
	if err := w.refresh(); err != nil {
		return frame{}, err
	}
	f := frame{
		First:    !v.started,
		Snapshot: w.text,
		Samples:  samplesSince(&w.history, v.sample),
		Lanes:    w.lanes.since(v.revision),
		Missed:   w.missed,
	}
	f.Events, f.Skipped = w.eventsSince(v.event)
	if !v.started {
		f.Skipped = 0
	}
	v.started = true
	v.revision = w.lanes.revision
	v.sample = w.history.newest()[sampleTime]
	v.event = max(v.event, w.recent.newest().Sequence)
	return f, nil
}

// eventsSince returns the last events after one, oldest first, and how many
// between were left out.
func (w *watch) eventsSince(sequence uint64) (events []event, skipped uint64) {
	events = []event{}
	first := uint64(0)
	w.recent.last(func(e httpx.Event) bool {
		if e.Sequence <= sequence || len(events) == frameEvents {
			return false
		}
		events = append(events, event{e, errorText(e.Err)})
		first = e.Sequence
		return true
	})
	slices.Reverse(events)
	if len(events) > 0 {
		skipped = first - sequence - 1
	}
	return events, skipped
}
