package inspect

import (
	"net/http"
	"time"

	"github.com/gohttpx/httpx"
)

// An event is an httpx.Event with its error in words.
type event struct {
	httpx.Event
	Error string `json:"error,omitempty"`
}

func errorText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

func withErrors(all []httpx.Event) []event {
	events := make([]event, len(all))
	for i, e := range all {
		events[i] = event{e, errorText(e.Err)}
	}
	return events
}

// eventsAnswer is events.json.
type eventsAnswer struct {
	Since  time.Time `json:"since"`  // when observing began
	Missed uint64    `json:"missed"` // how many events came too fast
	Events []event   `json:"events"` // the last ones, oldest first
}

// serveEvents tells what was observed. Asking counts as a look: where nobody
// looked before there is nothing to tell yet, and for a while from now on there
// will be.
func (h *handler) serveEvents(w http.ResponseWriter) {
	h.watch.look()
	defer h.watch.leave()
	writeJSON(w, h.watch.events())
}

func (w *watch) events() eventsAnswer {
	w.mu.Lock()
	defer w.mu.Unlock()
	return eventsAnswer{Since: w.began, Missed: w.missed, Events: withErrors(w.recent.all())}
}
