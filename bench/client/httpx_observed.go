package client

import (
	"sync/atomic"

	"github.com/gohttpx/httpx"
)

func init() {
	register(Client{
		Name: "httpx observed", Words: "as SendInto, with an observer of all events", TakesContext: true,
		Open: func(t Target) (Session, error) {
			pool := ownPool(t)
			var events atomic.Uint64
			stop := pool.Observe(func(httpx.Event) { events.Add(1) })
			return &observed{own{t, pool, (*own).sendInto}, stop}, nil
		},
	})
}

// observed is own while somebody looks.
type observed struct {
	own
	stop func()
}

func (s *observed) Close() {
	s.stop()
	s.own.Close()
}
