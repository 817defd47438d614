package inspect

import (
	"net/netip"
	"net/url"
	"strings"

	"github.com/gohttpx/httpx"
)

// tell moves the lane by an event.
func (l *lane) tell(e *httpx.Event, revision uint64) {
	l.events.add(*e)
	at := micros(e.Time)
	if l.closed != 0 {
		return
	}
	switch e.Kind {
	case httpx.EventDialStarted:
		l.turn(l.beforeConnect(), at, revision)
	case httpx.EventResolved:
		l.turn(connect, at, revision)
	case httpx.EventConnected:
		l.connected(revision)
		l.turn(l.afterConnect(), at, revision)
	case httpx.EventTunnelled:
		l.turn(l.afterTunnel(), at, revision)
	case httpx.EventTLSDone:
		l.turn(idle, at, revision)
	case httpx.EventDialFailed:
		l.close(errorText(e.Err), at, revision)
	case httpx.EventAssigned:
		l.begin(e.Method+" "+e.URL, at, revision)
	case httpx.EventRequestSent:
		l.advance(firstByte, at, revision)
	case httpx.EventFirstByte:
		l.advance(head, at, revision)
	case httpx.EventAnswered:
		l.advance(body, at, revision)
		l.answered(e.Status, revision)
	case httpx.EventUpgraded:
		l.turn(switched, at, revision)
		l.label(e.Reason, revision)
		l.request = -1
	case httpx.EventBodyDone, httpx.EventReturned:
		l.finish(at, revision)
	case httpx.EventClosed:
		l.close(e.Reason, at, revision)
	}
}

// beforeConnect is what a dial begins with: an address needs no resolving.
func (l *lane) beforeConnect() kind {
	first := l.origin
	if len(l.route) > 0 {
		first = l.route[0]
	}
	if u, err := url.Parse(first); err == nil {
		if _, err := netip.ParseAddr(u.Hostname()); err == nil {
			return connect
		}
	}
	return resolve
}

// connected notes that a connection is there. A backend that resolves by itself
// does not say when it has: then all of it was connecting.
func (l *lane) connected(revision uint64) {
	if open := l.open(); open != nil && open.Kind == resolve {
		open.Kind, open.revision = connect, revision
	}
}

func (l *lane) afterConnect() kind {
	if len(l.route) > 0 {
		return proxy
	}
	return l.afterTunnel()
}

func (l *lane) afterTunnel() kind {
	if strings.HasPrefix(l.origin, "https:") {
		return handshake
	}
	return idle
}
