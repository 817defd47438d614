package main

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/gohttpx/httpx"
)

// A drawing is the text of a trace.
type drawing struct {
	strings.Builder
	painter painter
}

const (
	barColumns  = 48 // for the time from the beginning to the end of it all
	nameColumns = 12
	tookColumns = 8
)

// trace draws every hop, all on one scale.
func (d *drawing) trace(tr *trace) {
	if len(tr.hops) == 0 {
		return
	}
	start := tr.hops[0].began
	hops := make([][]bar, len(tr.hops))
	var whole time.Duration
	for i, h := range tr.hops {
		hops[i] = h.bars(start)
		for _, b := range hops[i] {
			whole = max(whole, b.to)
		}
	}
	for i, h := range tr.hops {
		if i > 0 {
			d.WriteByte('\n')
		}
		body := int64(-1)
		if i == len(tr.hops)-1 {
			body = tr.body
		}
		d.title(h, body)
		d.decision(h)
		d.attempts(h)
		d.WriteByte('\n')
		for _, b := range hops[i] {
			d.bar(b, whole)
		}
	}
	fmt.Fprintf(d, "\n  %-*s%*v\n", nameColumns, "total", tookColumns, shortDuration(whole))
}

// title is what was asked, and what came of it. A body of -1 bytes is not worth
// a word.
func (d *drawing) title(h *traced, body int64) {
	d.WriteString(h.request)
	switch {
	case h.res != nil:
		status := green
		if h.res.StatusCode >= 400 {
			status = red
		}
		text := strings.TrimSuffix(strings.TrimPrefix(h.res.String(), "<Response ["), "]>")
		d.WriteString(": " + d.painter.paint(status, text) + ", " + h.res.Proto)
		if body >= 0 && h.err == nil {
			fmt.Fprintf(d, ", %d bytes", body)
		}
	case h.err != nil:
		d.WriteString(": " + d.painter.paint(red, "failed"))
	}
	d.WriteByte('\n')
}

// decision says which connection carried the hop, and why that one.
func (d *drawing) decision(h *traced) {
	how, ok := h.exchange()
	if !ok {
		return
	}
	if how.Connection == 0 {
		d.line("no connection, after %v", shortDuration(how.Queued))
		return
	}
	switch {
	case how.Reused:
		d.line("connection %d, reused: idle for %v, %s served, %v old", how.Connection, shortDuration(h.idled(how.Connection)),
			count(how.Served, "request"), shortDuration(how.Age))
	default:
		d.line("connection %d, dialled: %s", how.Connection, how.WhyNew)
	}
	c := h.connection(how.Connection)
	if c == nil {
		return
	}
	snapshot := c.Snapshot()
	text := snapshot.Text
	if snapshot.Reason != "" {
		text += ": " + snapshot.Reason
	}
	d.line("%s", text)
	if how.Reused {
		return // the rest was said where it was dialled
	}
	if local, remote := c.LocalAddr(), c.RemoteAddr(); local != nil && remote != nil {
		d.line("to %v, from %v", remote, local)
	}
	if snapshot.TLS != nil {
		d.line("%s", securityLine(snapshot.TLS))
	}
}

// attempts lists how often the request was tried, where that was not once and
// well.
func (d *drawing) attempts(h *traced) {
	how, ok := h.exchange()
	if !ok {
		return
	}
	if len(how.Attempts) < 2 {
		if h.err != nil {
			d.line("%s", d.painter.paint(red, strings.TrimPrefix(h.err.Error(), "httpx: ")))
		}
		return
	}
	for i, a := range how.Attempts {
		which := "new"
		if a.Reused {
			which = "reused"
		}
		text := fmt.Sprintf("attempt %d: connection %d, %s: ", i+1, a.Connection, which)
		if a.Err == nil {
			d.line("%s", text+"answered")
		} else {
			d.line("%s", text+d.painter.paint(red, strings.TrimPrefix(a.Err.Error(), "httpx: ")))
		}
	}
}

// bar draws one phase: its name, what it took, and where it lies in the whole.
func (d *drawing) bar(b bar, whole time.Duration) {
	look := phaseLooks[b.phase]
	colour := look.colour
	note := b.note
	if b.isFailed {
		colour, note = red, "failed"
	}
	from, to := column(b.from, whole), column(b.to, whole)
	text := strings.Repeat("█", to-from)
	if to == from {
		// Less than a column: a thin line, inside of the picture.
		from = min(from, barColumns-1)
		text = "▏"
	}
	line := fmt.Sprintf("  %-*s%*v  %s%s", nameColumns, look.name, tookColumns, shortDuration(b.took()), strings.Repeat(" ", from), d.painter.paint(colour, text))
	if note != "" {
		line += " " + note
	}
	d.WriteString(line + "\n")
}

// column is where a time lies among the columns of the bars.
func column(at, whole time.Duration) int {
	if whole <= 0 {
		return 0
	}
	return int((int64(at)*barColumns + int64(whole)/2) / int64(whole))
}

// line is one of a hop's, below its title.
func (d *drawing) line(format string, args ...any) {
	d.WriteString("  " + fmt.Sprintf(format, args...) + "\n")
}

// exchange is the record of the hop: of its response, else of its error.
func (h *traced) exchange() (how httpx.Exchange, ok bool) {
	var failure *httpx.Error
	switch {
	case h.res != nil:
		return h.res.Exchange(), true
	case errors.As(h.err, &failure):
		return failure.Exchange(), true
	}
	return how, false
}

// idled is how long a connection idled before the request got it.
func (h *traced) idled(connection uint64) time.Duration {
	for _, e := range h.seen() {
		if e.Kind == httpx.EventAssigned && e.Connection == connection {
			return e.Idle
		}
	}
	return 0
}

// connection finds the one of that number among those that the hop met.
func (h *traced) connection(number uint64) *httpx.Connection {
	for _, e := range h.seen() {
		if c := e.Conn(); c != nil && e.Connection == number {
			return c
		}
	}
	return nil
}

// count is a number of things: "1 request", "2 requests".
func count[N int | uint64](n N, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
