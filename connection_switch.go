package httpx

import (
	"fmt"
	"strings"

	"github.com/gohttpx/httpx/internal/exchange"
	"github.com/gohttpx/httpx/internal/redact"
)

// switched makes the response that changed protocols: its Body is the stream,
// and the lease ends when that is closed.
func (c *Connection) switched(req *Request, res *Response) *Error {
	rec := &res.exchange
	up := &upgraded{protocol: switchedTo(req, res), target: redact.URL(req.URL)}
	if req.method() == "CONNECT" {
		up.target = authorityURL(c.target(req))
	}
	if err := checkSwitch(req, res); err != nil {
		c.x.End()
		return c.failed(rec, req, err)
	}
	s, err := c.x.Switch()
	if err != nil {
		return c.failed(rec, req, err)
	}
	rec.finished = exchange.Now()
	c.request.end()
	c.upgrade.Store(up)
	c.setState(Upgraded, rec.finished)
	c.owner.isUpgrading(c)
	c.tell(req, rec, Event{Kind: EventUpgraded, Status: res.StatusCode, Reason: up.protocol})
	s.OnClose(func() { c.owner.giveBack(c, exchange.SwitchedAway) })
	res.body.state.Store(bodyNone)
	res.Body = s
	return nil
}

// checkSwitch refuses a 101 to a protocol that was not asked for (RFC 9110
// section 7.8). A peer that does not name one means the first that was.
func checkSwitch(req *Request, res *Response) error {
	if req.method() == "CONNECT" {
		return nil
	}
	got := strings.TrimSpace(res.Headers.Get("Upgrade"))
	if got == "" {
		return nil
	}
	for _, list := range req.Headers.Values("Upgrade") {
		for asked := range strings.SplitSeq(list, ",") {
			if strings.EqualFold(strings.TrimSpace(asked), got) {
				return nil
			}
		}
	}
	return &exchange.Failure{
		Guilt: exchange.Protocol, Phase: exchange.Head, Progress: exchange.Answered,
		Err: fmt.Errorf("101 to the protocol %q, but %q was asked for", got, req.Headers.Get("Upgrade")),
	}
}

// switchedTo is the name of the protocol in capitals.
func switchedTo(req *Request, res *Response) string {
	if req.method() == "CONNECT" {
		return "CONNECT"
	}
	name := res.Headers.Get("Upgrade")
	if name == "" {
		name = req.Headers.Get("Upgrade")
	}
	name, _, _ = strings.Cut(name, ",")
	return strings.ToUpper(strings.TrimSpace(name))
}
