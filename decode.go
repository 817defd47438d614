package httpx

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"
)

// DecodeLimits bounds what [Decode] makes of a response: at most the larger of
// Bytes, and Ratio times what has come over the wire so far. Zero means the
// default, [None] leaves the bound to the other, [Unlimited] lifts it.
type DecodeLimits struct {
	Bytes int64 // 64 MiB
	Ratio int64 // 100
}

const (
	defaultDecodeBytes = 64 << 20
	defaultDecodeRatio = 100
)

// allow is how many bytes may be made of wire bytes.
func (l DecodeLimits) allow(wire int64) int64 {
	if l.Ratio > 0 && wire > math.MaxInt64/l.Ratio {
		return math.MaxInt64
	}
	return max(l.Bytes, l.Ratio*wire)
}

func (l DecodeLimits) orDefault() DecodeLimits {
	fill := func(n *int64, standard int64) {
		if *n == 0 {
			*n = standard
		}
		*n = max(*n, 0)
	}
	fill(&l.Bytes, defaultDecodeBytes)
	fill(&l.Ratio, defaultDecodeRatio)
	return l
}

// maxCodings is how many codings, one around the other, are taken off. Nobody
// sends more than two in earnest.
const maxCodings = 5

// Decode asks for the content codings that it knows, gzip and deflate, and
// takes them off the response (RFC 9110 sections 8.4 and 12.5.3): the Body
// yields what was encoded, and the fields Content-Encoding and Content-Length,
// which no longer hold, are gone.
//
// Only what Decode asked for is decoded. A request with an Accept-Encoding of
// its own gets the bytes as they are; where that is empty no Accept-Encoding is
// sent. Neither is it with a Range, since a part of an encoded body cannot be
// decoded. A response is left alone where it is of HEAD, has no content (204,
// 304), is a part (206), switches protocols, or has a coding among others that
// Decode does not know.
//
// The body is decoded as it is read, without a goroutine. Data that is broken,
// cut off (then io.ErrUnexpectedEOF is beneath) or followed by something else
// is [ErrDecode]; a body beyond the limits is [ErrTooLarge]. An empty body is
// empty in every coding. At the end of the decoded body that on the wire was
// read to its end too, so that the connection is free.
func Decode(limits DecodeLimits) Middleware {
	limits = limits.orDefault()
	return func(next Transport) Transport {
		return Wrap(next, func(ctx context.Context, req *Request) (*Response, error) {
			asking, ours := askEncoded(req)
			if !ours {
				return next.Send(ctx, asking)
			}
			start := time.Now()
			res, err := next.Send(ctx, asking)
			if err != nil {
				return nil, err
			}
			if err := decodeResponse(asking, res, limits, start); err != nil {
				res.Close()
				return nil, err
			}
			return res, nil
		})
	}
}

// acceptEncoding names exactly what is decoded.
const acceptEncoding = "gzip, deflate"

// askEncoded returns the request to send, and whether it was Decode that asked
// for an encoded response.
func askEncoded(req *Request) (asking *Request, ours bool) {
	if !req.Headers.Has("Accept-Encoding") {
		if req.Headers.Has("Range") || req.method() == "CONNECT" {
			return req, false
		}
		h := make(Headers, 0, len(req.Headers)+1)
		h = append(h, req.Headers...)
		h.Add("Accept-Encoding", acceptEncoding)
		return req.withHeaders(h), true
	}
	if req.Headers.Get("Accept-Encoding") == "" {
		return req.withHeaders(without(req.Headers, "Accept-Encoding")), false
	}
	return req, false
}

// decodeResponse puts the decoded body in the place of that on the wire, if
// there is one to decode.
func decodeResponse(req *Request, res *Response, limits DecodeLimits, start time.Time) error {
	if !mayBeEncoded(req, res) {
		return nil
	}
	codings, known := contentCodings(res.Headers)
	if len(codings) == 0 || !known {
		return nil
	}
	fault := func(kind, cause error) error {
		return answeredError(req, res, start, Error{Kind: kind, Phase: PhaseBody, Err: cause})
	}
	if len(codings) > maxCodings {
		return fault(ErrDecode, fmt.Errorf("%d content codings: at most %d are taken off", len(codings), maxCodings))
	}
	res.Body = newDecodedBody(res.Body, codings, limits, fault)
	// A new slice: the old one may be somebody's.
	res.Headers = slices.DeleteFunc(res.Headers.Clone(), func(f [2]string) bool {
		return sameName(f[0], "Content-Encoding") || sameName(f[0], "Content-Length")
	})
	res.decoded = true
	return nil
}

// Uncompressed reports whether [Decode] took a content coding off the body, so
// that Content-Encoding and Content-Length are gone from the Headers.
func (r *Response) Uncompressed() bool { return r.decoded }

func mayBeEncoded(req *Request, res *Response) bool {
	switch res.StatusCode {
	case 101, 204, 206, 304:
		return false
	}
	return req.method() != "HEAD" && res.Body != nil
}

// contentCodings lists the codings of h in the order in which they are taken
// off: the last one applied first (RFC 9110 section 8.4). It is not known where
// one of them is none of ours.
func contentCodings(h Headers) (codings []coding, known bool) {
	for _, f := range h {
		if !sameName(f[0], "Content-Encoding") {
			continue
		}
		for name := range strings.SplitSeq(f[1], ",") {
			switch strings.ToLower(strings.Trim(name, " \t")) {
			case "gzip", "x-gzip": // the same: RFC 9110 section 8.4.1.3
				codings = append(codings, codingGzip)
			case "deflate":
				codings = append(codings, codingDeflate)
			case "", "identity":
			default:
				return nil, false
			}
		}
	}
	slices.Reverse(codings)
	return codings, true
}
