package httpx

import "slices"

// asksForStream reports whether what is left after the answer may be a stream
// that speaks something else than HTTP.
func (r *Request) asksForStream() bool {
	return r.method() == "CONNECT" || r.Headers.Has("Upgrade")
}

// tunnelled is the route with a tunnel through its last proxy too. SOCKS knows
// nothing else; in absolute
// form an upgrade would be one with the proxy (RFC 9110 section 7.8), where
// WebSocket is asked for through a tunnel (RFC 6455 section 4.1).
func (r Route) tunnelled() Route {
	last := len(r) - 1
	if scheme := r[last].URL.Scheme; scheme != "http" && scheme != "https" {
		return r
	}
	through := slices.Clone(r)
	through[last].AlwaysConnect = true
	return through
}
