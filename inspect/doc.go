// Package inspect shows a connection pool while it works: a page for a browser,
// and the same as JSON and as Prometheus text.
//
//	pool := httpx.NewConnectionPool(nil)
//	mux := http.NewServeMux()
//	mux.Handle("/debug/httpx/", inspect.Handler(pool))
//	go http.ListenAndServe("localhost:6060", mux)
//
// Then http://localhost:6060/debug/httpx/ shows how many connections there are
// and who waits, each connection as a bar in time, and the life of the one that
// is chosen. Below the same path are
//
//	snapshot.json           what the pool is now: an httpx.PoolSnapshot
//	events.json             what happened lately
//	connection.json?id=7    one connection: its snapshot and its last events
//	metrics                 for Prometheus
//	stream                  what keeps the page up to date (server-sent events)
//
// # What it costs
//
// Nothing while nobody looks: no goroutine, no timer, no observer. While a page
// is open, and for half a minute after, the pool's events are observed; the page
// gets at most four snapshots a second, fewer of a large pool. snapshot.json and
// metrics take one snapshot a request and observe nothing.
//
// # Who may look
//
// The handler reads, and cannot change anything. It holds no secrets: no user
// information, no query values, no header fields. But it tells which origins
// and paths a program calls, and so does not belong on a public address. It does
// not ask who looks: listen on an address of your own, or put it behind a handler
// that asks. Requests that come from other sites' pages are refused.
package inspect
