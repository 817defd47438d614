// Package exchange runs HTTP/1.1 exchanges on a stream, strictly in turn: it
// writes a request, reads its response, and decides whether the stream may
// serve another.
//
// Requests and tunnels (CONNECT) share it. It knows nothing of pools, of
// redirects, or of who waits; it does know deadlines, interim and early
// responses, bodies that are uploaded beside the response, the drain of an
// unread rest, and the reason for which a connection ends.
//
//	c := exchange.New(stream, exchange.Limits{})
//	head, err := c.Do(ctx, &exchange.Call{Method: "GET", Target: "/", Host: "example.com"})
//	if err != nil {
//		stream.Close() // err is a *Failure: phase, progress, cause
//	}
//	body, err := io.ReadAll(c)
//	if reason := c.End(); reason != "" {
//		stream.Close() // it says why it cannot be used again
//	}
//
// One goroutine runs an exchange. Only Abort, and the methods that look
// (Phase, Progress, Served), may be called by others meanwhile.
package exchange
