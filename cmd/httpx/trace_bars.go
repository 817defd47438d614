package main

import (
	"errors"
	"fmt"
	"time"

	"github.com/gohttpx/httpx"
)

// A bar is one phase of a hop, from and to being times since the trace began.
type bar struct {
	phase    phase
	from, to time.Duration
	isFailed bool
	note     string // behind it
}

func (b bar) took() time.Duration { return b.to - b.from }

// A phase is what a bar stands for.
type phase uint8

const (
	queued phase = iota
	resolving
	connecting
	proxying
	handshaking
	writing
	waiting
	interim
	readingHead
	readingBody
)

var phaseLooks = [...]struct {
	name   string
	colour colour
}{
	queued:      {"queued", grey},
	resolving:   {"resolve", cyan},
	connecting:  {"connect", yellow},
	proxying:    {"proxy", magenta},
	handshaking: {"TLS", blue},
	writing:     {"write", green},
	waiting:     {"first byte", cyan},
	interim:     {"interim", grey},
	readingHead: {"head", green},
	readingBody: {"body", green},
}

// ended says which phase an event ends, with its duration.
var ended = map[httpx.EventKind]phase{
	httpx.EventResolved:    resolving,
	httpx.EventConnected:   connecting,
	httpx.EventTunnelled:   proxying,
	httpx.EventTLSDone:     handshaking,
	httpx.EventRequestSent: writing,
	httpx.EventFirstByte:   waiting,
	httpx.EventBodyDone:    readingBody,
}

// inPhase says in which phase a failure was.
var inPhase = map[httpx.Phase]phase{
	httpx.PhaseQueue:     queued,
	httpx.PhaseResolve:   resolving,
	httpx.PhaseConnect:   connecting,
	httpx.PhaseProxy:     proxying,
	httpx.PhaseTLS:       handshaking,
	httpx.PhaseWrite:     writing,
	httpx.PhaseFirstByte: waiting,
	httpx.PhaseHead:      readingHead,
	httpx.PhaseBody:      readingBody,
	httpx.PhaseDone:      readingBody,
}

// bars makes the phases of a hop out of its events.
func (h *traced) bars(start time.Time) []bar {
	var bars []bar
	asked := h.began   // for a connection; again after a replay
	last := h.began    // the latest event
	isAsking := true   // no connection, and no dial either
	var head time.Time // the first byte of it
	fail := func(at time.Time, err error) {
		var failure *httpx.Error
		if errors.As(err, &failure) {
			bars = append(bars, bar{phase: inPhase[failure.Phase], from: last.Sub(start), to: at.Sub(start), isFailed: true})
		}
	}
	for _, e := range h.seen() {
		at := e.Time.Sub(start)
		switch e.Kind {
		case httpx.EventDialStarted, httpx.EventAssigned:
			if isAsking {
				bars = append(bars, bar{phase: queued, from: asked.Sub(start), to: at})
			}
			isAsking = false
		case httpx.EventInterim:
			bars = append(bars, bar{phase: interim, from: at, to: at, note: fmt.Sprint(e.Status)})
		case httpx.EventFirstByte:
			head = e.Time
		case httpx.EventAnswered:
			bars = append(bars, bar{phase: readingHead, from: head.Sub(start), to: at})
		case httpx.EventReplayed:
			fail(e.Time, e.Err)
			asked, isAsking = e.Time, true
		case httpx.EventBodyDone:
			if h.err != nil {
				continue // how it failed comes in its place
			}
		case httpx.EventDialFailed, httpx.EventReturned, httpx.EventClosed, httpx.EventFailed:
			continue
		}
		if p, ok := ended[e.Kind]; ok {
			bars = append(bars, bar{phase: p, from: at - e.Duration, to: at})
		}
		last = e.Time
	}
	if h.err != nil {
		fail(h.end(), h.err)
	}
	return bars
}

// end is when the hop failed, or said the last that was heard of it.
func (h *traced) end() time.Time {
	var failure *httpx.Error
	if errors.As(h.err, &failure) {
		return h.began.Add(failure.After)
	}
	end := h.began
	for _, e := range h.seen() {
		end = e.Time
	}
	return end
}
