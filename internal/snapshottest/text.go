package snapshottest

import (
	"fmt"
	"strings"

	"github.com/gohttpx/httpx"
)

// textOfCounts is the text form of a pool that holds so much.
func textOfCounts(n httpx.CountsSnapshot) string {
	var parts []string
	for _, part := range []struct {
		n    int
		word string
	}{{n.Connecting, "connecting"}, {n.Active, "active"}, {n.Idle, "idle"}, {n.Upgraded, "upgraded"}, {n.Waiting, "waiting"}} {
		if part.n > 0 {
			parts = append(parts, fmt.Sprint(part.n, " ", part.word))
		}
	}
	if parts == nil {
		parts = []string{"0 active"}
	}
	return "<ConnectionPool [" + strings.Join(parts, ", ") + "]>"
}

// textOf is the text form of a connection; that of an upgraded one, which has the
// URL of its request, is taken as it is.
func textOf(c *httpx.ConnectionSnapshot) string {
	if c.State == httpx.Upgraded {
		return c.Text
	}
	text := fmt.Sprintf("<Connection %q", c.Origin+"/")
	for _, hop := range c.Route {
		text += fmt.Sprintf(" VIA %q", hop)
	}
	return text + " " + c.State.String() + ">"
}
