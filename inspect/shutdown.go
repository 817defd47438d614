package inspect

import (
	"net/http"
	"sync"
)

// shutdowns tells streams when their server is shut down: Shutdown waits for
// requests to end, and a page that is left open would hold it up for ever.
type shutdowns struct {
	mu    sync.Mutex
	known map[*http.Server]chan struct{}
}

// of is closed when the server of a request is shut down; nil where none is
// known, as under a server of another kind.
func (s *shutdowns) of(r *http.Request) <-chan struct{} {
	server, ok := r.Context().Value(http.ServerContextKey).(*http.Server)
	if !ok {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if ended, ok := s.known[server]; ok {
		return ended
	}
	ended := make(chan struct{})
	if s.known == nil {
		s.known = make(map[*http.Server]chan struct{})
	}
	s.known[server] = ended
	server.RegisterOnShutdown(sync.OnceFunc(func() { close(ended) }))
	return ended
}
