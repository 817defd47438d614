package inspect

import (
	"bytes"
	"errors"
	"net/http"
	"time"
)

const (
	// frameInterval is the shortest time between two frames.
	frameInterval = 250 * time.Millisecond
	// frameRate is how many bytes a second a page may cost: the frames of a
	// large pool come less often.
	frameRate = 256 << 10
	// frameTimeout is how long a viewer may take to receive a frame. It stands
	// in the place of the server's WriteTimeout, which would end a stream.
	frameTimeout = 10 * time.Second
)

// interval is how long to wait after a frame of so many bytes. The first one,
// which has the past in it, does not count.
func interval(size int, isFirst bool) time.Duration {
	if isFirst {
		return frameInterval
	}
	return max(frameInterval, time.Duration(size)*time.Second/frameRate)
}

// serveStream sends frames as server-sent events until the viewer leaves or the
// server is shut down. It runs on the goroutine of the request, and makes none.
func (h *handler) serveStream(w http.ResponseWriter, r *http.Request) {
	header := w.Header()
	header.Set("Content-Type", "text/event-stream; charset=utf-8")
	header.Set("X-Accel-Buffering", "no") // nginx, in between, would hold events back
	if r.Method == http.MethodHead {
		return
	}
	controller := http.NewResponseController(w)
	if err := controller.Flush(); errors.Is(err, http.ErrNotSupported) {
		http.Error(w, "inspect: a handler around this one does not let it flush", http.StatusNotImplemented)
		return
	}
	defer controller.SetWriteDeadline(time.Time{})

	h.watch.look()
	defer h.watch.leave()
	ended := h.ends.of(r)
	timer := time.NewTimer(0)
	defer timer.Stop()
	var v viewer
	var buffer bytes.Buffer
	for {
		select {
		case <-r.Context().Done():
			return
		case <-ended:
			return
		case <-timer.C:
		}
		isFirst := !v.started
		text, err := h.watch.next(&v)
		if err != nil {
			return // nothing that a later frame would not meet again
		}
		buffer.Reset()
		buffer.WriteString("data: ")
		buffer.Write(text) // JSON is one line
		buffer.WriteString("\n\n")
		// Not every writer has deadlines: then the server's own holds.
		controller.SetWriteDeadline(time.Now().Add(frameTimeout))
		if _, err := w.Write(buffer.Bytes()); err != nil {
			return
		}
		if err := controller.Flush(); err != nil {
			return
		}
		timer.Reset(interval(buffer.Len(), isFirst))
	}
}
