package inspect

import (
	"net/http"
	"strings"

	"github.com/gohttpx/httpx"
)

// Handler serves the page of a pool and what belongs to it. It looks at the last
// part of the path only: mount it at any path that ends with a slash, with or
// without [http.StripPrefix]. Several pools get a handler and a path each.
//
// The handler may be called by several goroutines at once. It keeps the pool
// alive.
func Handler(pool *httpx.ConnectionPool) http.Handler {
	if pool == nil {
		panic("inspect: Handler of a nil pool")
	}
	return &handler{watch: newWatch(pool)}
}

type handler struct {
	watch *watch
	ends  shutdowns
}

func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	protect(w.Header())
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		http.Error(w, "inspect: only GET and HEAD are served here", http.StatusMethodNotAllowed)
		return
	}
	name := r.URL.Path[strings.LastIndexByte(r.URL.Path, '/')+1:]
	if !isFromHere(r) && !(name == "" && isNavigation(r)) {
		http.Error(w, "inspect: another site's pages may not read this", http.StatusForbidden)
		return
	}
	switch name {
	case "":
		servePage(w)
	case "snapshot.json":
		writeJSON(w, h.watch.pool.Snapshot())
	case "events.json":
		h.serveEvents(w)
	case "connection.json":
		h.serveConnection(w, r)
	case "metrics":
		serveMetrics(w, h.watch.pool.Snapshot())
	case "stream":
		h.serveStream(w, r)
	default:
		http.NotFound(w, r)
	}
}
