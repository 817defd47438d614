package httpx

import "context"

// DefaultHeaders adds each field of h whose name a request does not mention.
// An empty value in a request removes the default of that name: neither is
// sent. Where h has no such field an empty one is sent as it is. A
// Content-Type is a default only for a content that has none of its own.
//
// h is copied. The caller's Request stays as it is.
func DefaultHeaders(h Headers) Middleware {
	if len(h) == 0 {
		return func(next Transport) Transport { return next }
	}
	defaults := h.Clone()
	return func(next Transport) Transport {
		return Wrap(next, func(ctx context.Context, req *Request) (*Response, error) {
			return next.Send(ctx, withDefaults(req, defaults))
		})
	}
}

func withDefaults(req *Request, defaults Headers) *Request {
	h := make(Headers, 0, len(req.Headers)+len(defaults))
	for _, f := range req.Headers {
		if f[1] != "" || !defaults.Has(f[0]) {
			h = append(h, f)
		}
	}
	for _, f := range defaults {
		if !req.mentions(f[0]) {
			h = append(h, f)
		}
	}
	return req.withHeaders(h)
}

// mentions reports whether the field of that name is settled by the request
// itself, its content included.
func (r *Request) mentions(name string) bool {
	if r.Headers.Has(name) {
		return true
	}
	content := bare(r.Content)
	return content != nil && sameName(name, "Content-Type") && content.ContentType() != ""
}

// withHeaders returns a copy of r with h in place of its Headers. It shares
// everything else, which whoever sends it leaves alone.
func (r *Request) withHeaders(h Headers) *Request {
	c := *r
	c.Headers = h
	return &c
}
