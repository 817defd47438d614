package httpx

import (
	"runtime"
	"sync/atomic"
)

// shown is the request of the exchange that a connection carries, for others to look
// at, and only as long as it carries that: afterwards it is its caller's again, to be
// changed.
type shown struct {
	req     atomic.Pointer[Request]
	lookers atomic.Int32
}

func (s *shown) begin(req *Request) { s.req.Store(req) }

// end returns when nobody looks any more.
func (s *shown) end() *Request {
	req := s.req.Swap(nil)
	for s.lookers.Load() != 0 {
		runtime.Gosched() // they wait for nothing
	}
	return req
}

// look has f see the request, if there is one.
func (s *shown) look(f func(*Request)) {
	s.lookers.Add(1) // before the request is looked up: see end
	defer s.lookers.Add(-1)
	if req := s.req.Load(); req != nil {
		f(req)
	}
}
