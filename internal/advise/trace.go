package advise

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/gohttpx/httpx/internal/assign"
)

// A Trace is what a pool was asked for, and what the world answered.
type Trace struct {
	Limits   Limits    // the recorded ones, the latest where they differ
	Requests []Request // in the order in which they came
	Dropped  uint64    // events that the recording lost

	end      time.Duration // the latest that is told of
	dials    map[string][]Dial
	patience map[string]time.Duration

	// Medians by key, and of all: of how long connections were held, and of what
	// dials took that ended well.
	holds, usual      map[string]time.Duration
	holdAll, usualAll time.Duration
}

// defaultLimits are those of a pool that nobody gave any.
var defaultLimits = Limits{
	MaxConnections: 100, MaxConnectionsPerOrigin: 100, MaxIdle: 100, MaxWaiting: 1024,
	IdleTimeout: 90 * time.Second, MaxAge: -1, AcquireTimeout: 30 * time.Second,
}

// maxLine bounds a line of a trace.
const maxLine = 1 << 20

// Read reads a trace. An error says in which line. A trace without a request is
// an error too: there is nothing to replay.
func Read(r io.Reader) (*Trace, error) {
	t := &Trace{Limits: defaultLimits, dials: make(map[string][]Dial), patience: make(map[string]time.Duration)}
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, maxLine)
	number := 0
	for lines.Scan() {
		number++
		line := bytes.TrimSpace(lines.Bytes())
		if len(line) == 0 {
			continue
		}
		if err := t.add(line); err != nil {
			return nil, fmt.Errorf("line %d: %w", number, err)
		}
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("line %d: %w", number+1, err)
	}
	if len(t.Requests) == 0 {
		return nil, errors.New("no request in the trace")
	}
	t.sort()
	return t, nil
}

// add adds what a line tells.
func (t *Trace) add(line []byte) error {
	var of struct {
		Kind string `json:"kind"`
	}
	if err := json.Unmarshal(line, &of); err != nil {
		return err
	}
	switch of.Kind {
	case "":
		return errors.New("no kind: this is no trace of a pool")
	case KindLimits:
		l := LimitsLine{Limits: defaultLimits}
		if err := json.Unmarshal(line, &l); err != nil {
			return err
		}
		t.Limits = l.Limits
	case KindRequest:
		var r Request
		if err := json.Unmarshal(line, &r); err != nil {
			return err
		}
		return t.addRequest(r)
	case KindDial:
		var d Dial
		if err := json.Unmarshal(line, &d); err != nil {
			return err
		}
		if !isSane(d.At, d.Took) {
			return fmt.Errorf("a dial that began at %v and took %v", d.At, d.Took)
		}
		key := keyOf(d.Origin, d.Route)
		t.dials[key] = append(t.dials[key], d)
		t.end = max(t.end, d.At+d.Took)
	case KindClosed:
		var c Close
		if err := json.Unmarshal(line, &c); err != nil {
			return err
		}
		if !isSane(c.At, c.Idle) {
			return fmt.Errorf("a connection that was closed at %v, idle for %v", c.At, c.Idle)
		}
		t.addClose(c)
	case KindGap:
		var g Gap
		if err := json.Unmarshal(line, &g); err != nil {
			return err
		}
		t.Dropped += g.Dropped
	}
	return nil
}

func (t *Trace) addRequest(r Request) error {
	switch {
	case r.Origin == "":
		return errors.New("a request without an origin")
	case !isSane(r.At, r.Wait, r.Hold):
		return fmt.Errorf("a request that came at %v, waited for %v and held for %v", r.At, r.Wait, r.Hold)
	}
	t.Requests = append(t.Requests, r)
	t.end = max(t.end, r.At+r.Wait+r.Hold)
	return nil
}

// longest is beyond what anything in a trace takes; sums stay far from an
// overflow.
const longest = 365 * 24 * time.Hour

func isSane(times ...time.Duration) bool {
	for _, d := range times {
		if d < 0 || d > longest {
			return false
		}
	}
	return true
}

// addClose learns from the end of a connection how long its peer lets one idle:
// as little as it ever did.
func (t *Trace) addClose(c Close) {
	t.end = max(t.end, c.At)
	isPeers := c.Reason == assign.PeerClosed.String() || c.Reason == assign.KeepAliveExpired.String()
	if !isPeers || c.Idle <= 0 {
		return
	}
	key := keyOf(c.Origin, c.Route)
	if known, ok := t.patience[key]; !ok || c.Idle < known {
		t.patience[key] = c.Idle
	}
}

// keyOf is what the pool keeps apart: an origin by a route.
func keyOf(origin string, route []string) string {
	if len(route) == 0 {
		return origin
	}
	return origin + " via " + strings.Join(route, ", ")
}

func (r *Request) key() string { return keyOf(r.Origin, r.Route) }

// isSecure reports whether connections of the key speak TLS with the origin.
func isSecure(key string) bool { return strings.HasPrefix(key, "https:") }

// sort puts everything into the order of time, and finds the medians.
func (t *Trace) sort() {
	slices.SortStableFunc(t.Requests, func(a, b Request) int { return cmp.Compare(a.At, b.At) })
	holds, usual := make(samples), make(samples)
	for i := range t.Requests {
		if r := &t.Requests[i]; r.Outcome.gotConnection() {
			holds.add(r.key(), r.Hold)
		}
	}
	for key, dials := range t.dials {
		slices.SortStableFunc(dials, func(a, b Dial) int { return cmp.Compare(a.At, b.At) })
		for _, d := range dials {
			if !d.Failed {
				usual.add(key, d.Took)
			}
		}
	}
	t.holds, t.holdAll = holds.medians()
	t.usual, t.usualAll = usual.medians()
}

// samples are durations by key.
type samples map[string][]time.Duration

func (s samples) add(key string, d time.Duration) { s[key] = append(s[key], d) }

func (s samples) medians() (byKey map[string]time.Duration, all time.Duration) {
	byKey = make(map[string]time.Duration, len(s))
	var every []time.Duration
	for key, d := range s {
		every = append(every, d...)
		byKey[key] = percentile(d, 50)
	}
	return byKey, percentile(every, 50)
}

// holdOf is how long a request has its connection: as long as it had it, or
// where it got none as long as others of its key.
func (t *Trace) holdOf(r *Request) time.Duration {
	if r.Outcome.gotConnection() {
		return r.Hold
	}
	if hold, ok := t.holds[r.key()]; ok {
		return hold
	}
	return t.holdAll
}

// percentile sorts durations and gives the smallest that so many per cent of
// them do not exceed, 0 for none.
func percentile(d []time.Duration, percent int) time.Duration {
	if len(d) == 0 {
		return 0
	}
	slices.Sort(d)
	return d[(len(d)*percent+99)/100-1]
}
