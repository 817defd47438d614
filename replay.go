package httpx

// mayReplay decides whether a request that failed is sent again, on a fresh
// connection (RFC 9110 section 9.2.2, RFC 9112 section 9.3.1): where nothing of
// it was written, or where a reused connection ended before the first byte of
// a response, and sending twice is as good as sending once.
func mayReplay(req *Request, e *Error, rec *record) bool {
	if !opensAgain(req.Content) {
		return false
	}
	if e.Progress == NotSent && (e.Kind == ErrConnect || e.Kind == ErrClosed) {
		return true
	}
	return e.Kind == ErrConnect && rec.served > 0 && e.beforeAnswer && !req.NoReplay && isRepeatable(req)
}

// isRepeatable reports whether the request has the same effect twice as once,
// as far as its sender says.
func isRepeatable(req *Request) bool {
	switch req.method() {
	case "GET", "HEAD", "OPTIONS", "TRACE":
		return true
	}
	return req.Headers.Has("Idempotency-Key")
}
