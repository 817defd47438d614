package inspect

import (
	"net/http"
	"strconv"
	"time"

	"github.com/gohttpx/httpx"
)

// connectionAnswer is connection.json: one connection, also for a while after
// its end.
type connectionAnswer struct {
	Snapshot *httpx.ConnectionSnapshot `json:"snapshot,omitempty"` // as seen last
	Closed   time.Time                 `json:"closed,omitzero"`
	Reason   string                    `json:"reason,omitempty"` // why
	Events   []event                   `json:"events"`           // the last ones, oldest first
}

// serveConnection tells of the connection that the query names. As for
// events.json, its events are those since somebody looks.
func (h *handler) serveConnection(w http.ResponseWriter, r *http.Request) {
	id, err := strconv.ParseUint(r.URL.Query().Get("id"), 10, 64)
	if err != nil {
		http.Error(w, "inspect: connection.json wants ?id= with the number of a connection", http.StatusBadRequest)
		return
	}
	h.watch.look()
	defer h.watch.leave()
	answer, err := h.watch.connection(id)
	switch {
	case err != nil:
		http.Error(w, "inspect: "+err.Error(), http.StatusInternalServerError)
	case answer == nil:
		http.Error(w, "inspect: no connection "+strconv.FormatUint(id, 10)+" is known", http.StatusNotFound)
	default:
		writeJSON(w, answer)
	}
}

// connection is what is known of a connection, nil for nothing.
func (w *watch) connection(id uint64) (*connectionAnswer, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.refresh(); err != nil {
		return nil, err
	}
	l := w.lanes.byID[id]
	if l == nil {
		return nil, nil
	}
	answer := &connectionAnswer{Reason: l.reason, Events: withErrors(l.events.all())}
	if l.closed != 0 {
		answer.Closed = time.UnixMicro(l.closed)
	}
	if l.last.ID != 0 {
		last := l.last
		answer.Snapshot = &last
	}
	return answer, nil
}
