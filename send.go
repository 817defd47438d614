package httpx

import (
	"context"
	"net/url"
)

// request is Request of every floor: Send, and the body into memory.
func request(ctx context.Context, t Transport, base *url.URL, method, rawURL string, options []RequestOption) (*Response, error) {
	res, err := stream(ctx, t, base, method, rawURL, options)
	if err != nil {
		return nil, err
	}
	if _, err := res.Bytes(); err != nil {
		res.Close() // of a stream that Bytes left alone
		return nil, err
	}
	return res, nil
}

// stream is Stream of every floor: a request made of its parts, and sent.
func stream(ctx context.Context, t Transport, base *url.URL, method, rawURL string, options []RequestOption) (*Response, error) {
	req, err := newRequest(base, method, rawURL, options)
	if err != nil {
		return nil, err
	}
	return t.Send(ctx, req)
}
