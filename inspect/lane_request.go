package inspect

// begin begins a request.
func (l *lane) begin(label string, at int64, revision uint64) {
	// Two requests may follow each other without a moment between them.
	l.finish(at, revision)
	l.turn(write, at, revision)
	l.request = len(l.spans) - 1
	l.label(label, revision)
}

// advance moves the running request on to a later phase.
func (l *lane) advance(k kind, at int64, revision uint64) {
	if open := l.open(); open != nil && l.request >= 0 && k.comesAfter(open.Kind) {
		l.turn(k, at, revision)
	}
}

// answered notes the status of the running request.
func (l *lane) answered(status int, revision uint64) {
	if l.request >= 0 {
		l.spans[l.request].Status, l.spans[l.request].revision = status, revision
		l.revision = revision
	}
}

// finish ends the running request. One that was short is folded into a busy
// span, together with those right before it.
func (l *lane) finish(at int64, revision uint64) {
	if l.request < 0 {
		return
	}
	first := l.spans[l.request]
	took := max(0, at-first.Start)
	if took < foldBelow {
		l.fold(first, at, took, revision)
	}
	l.request = -1
	l.turn(idle, at, revision)
}

// fold replaces the spans of the request that begins with first.
func (l *lane) fold(first span, at, took int64, revision uint64) {
	into := l.request
	l.spans = l.spans[:l.request]
	before := l.request - 1
	if before > 0 && l.spans[before].Kind == idle && l.spans[before].length() < foldBelow {
		before--
	}
	if before >= 0 && l.spans[before].Kind == busy {
		into = before
		first.Start, first.Count = l.spans[into].Start, l.spans[into].Count
		first.Busy = l.spans[into].Busy
	} else {
		first.Count, first.Busy = 0, 0
	}
	first.Kind, first.End, first.revision = busy, max(at, first.Start), revision
	first.Count++
	first.Busy += took
	l.spans = append(l.spans[:into], first)
}
