package httpx

import "runtime"

// setRequest shows the request of an exchange that begins.
func (c *Connection) setRequest(req *Request) { c.request.Store(req) }

// takeRequest ends that. When it returns nobody looks at the request any more,
// which is its caller's again, to be changed.
func (c *Connection) takeRequest() *Request {
	req := c.request.Swap(nil)
	for c.lookers.Load() != 0 {
		runtime.Gosched() // they wait for nothing
	}
	return req
}

// lookAtRequest has look see the request of the exchange that runs, if one does.
func (c *Connection) lookAtRequest(look func(*Request)) {
	c.lookers.Add(1) // before the request is looked up: see takeRequest
	defer c.lookers.Add(-1)
	if req := c.request.Load(); req != nil {
		look(req)
	}
}
