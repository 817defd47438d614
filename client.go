package httpx

import (
	"context"
	"net/http"
	"net/url"

	"github.com/gohttpx/httpx/network"
)

// ClientOptions says what a [Client] does to requests and responses, and what
// it stands on. The zero value means the defaults.
type ClientOptions struct {
	// BaseURL is what the URLs of requests are resolved against (RFC 3986
	// section 5): with https://example.com/v1/ "users" is
	// https://example.com/v1/users. An absolute URL stays as it is, and gets
	// the Headers too. nil: every URL must be absolute.
	BaseURL *url.URL

	// Headers are the default fields. They replace those of the Client by
	// name (User-Agent and Accept), and an empty value removes such a one; an
	// empty Accept-Encoding keeps the Client from asking for encoded bodies.
	// A field with a credential goes to whatever origin a request names, but
	// no further: a redirect to another origin leaves it behind.
	Headers Headers

	// Transport sends the requests. nil: a ConnectionPool of the Client's own,
	// which its Close closes; any other is its owner's to close.
	Transport Transport

	// Pool is for that pool. With a Transport it is not used.
	Pool PoolOptions

	// Middleware wraps the Transport, the first one outermost. It sees every
	// hop of a redirect, as it goes out and before it is decoded.
	Middleware []Middleware

	// Jar keeps the cookies. nil: a jar in memory, of the Client's own, that
	// knows the public suffixes. NoCookies keeps none.
	Jar http.CookieJar

	// MaxRedirects is how many are followed in a row (20), None for none.
	MaxRedirects int

	// Decode bounds what encoded bodies become (64 MiB, or 100 times what came
	// over the wire).
	Decode DecodeLimits
}

// A Client is a Transport with what people expect of one: redirects, cookies,
// default headers and decoding, over a [ConnectionPool] of its own or over any
// other Transport. It may be used by several goroutines at once.
type Client struct {
	base      *url.URL
	top       Transport // the outermost middleware
	transport Transport // what the middleware stands on
	own       *ConnectionPool
}

// NewClient makes a client; nil options mean the defaults. The options are
// copied. A client without a Transport of yours makes a pool, which opens no
// connection before the first request; Close closes it.
func NewClient(options *ClientOptions) *Client {
	var o ClientOptions
	if options != nil {
		o = *options
	}
	c := &Client{transport: o.Transport}
	if o.BaseURL != nil {
		base := *o.BaseURL
		c.base = &base
	}
	if c.transport == nil {
		c.own = NewConnectionPool(&o.Pool)
		c.transport = c.own
	}
	c.top = c.transport
	stack := c.stack(&o)
	for i := len(stack) - 1; i >= 0; i-- {
		c.top = stack[i](c.top)
	}
	return c
}

// stack is everything between a caller and the transport, in the order in which
// a request goes through it.
func (c *Client) stack(o *ClientOptions) []Middleware {
	jar := o.Jar
	if jar == nil {
		jar = newJar()
	}
	stack := []Middleware{
		DefaultHeaders(clientHeaders(o.Headers)), // outside of the redirects, which drop secrets among them
		FollowRedirects(o.MaxRedirects),          // from here on once a hop
		Cookies(jar),                             // a hop may set the cookies that the next one needs
		Decode(o.Decode),                         // the last to touch a request, the first to touch a response
	}
	return append(stack, o.Middleware...) // yours: every hop as it goes out
}

// clientHeaders are the client's default fields with those of the options in
// their place.
func clientHeaders(given Headers) Headers {
	h := Headers{
		{"User-Agent", "gohttpx/" + Version},
		{"Accept", "*/*"},
	}
	for _, f := range given {
		if f[1] == "" && h.Has(f[0]) {
			given = without(given, f[0])
		}
		h.Del(f[0])
	}
	return append(h, given...)
}

// Send sends req, whose URL must be absolute, through everything that the
// client does. The body of the response is open: read it to its end, or Close
// it.
func (c *Client) Send(ctx context.Context, req *Request) (*Response, error) {
	return c.top.Send(ctx, req)
}

// Stream makes a request and sends it. The body of the response is open: read
// it to its end, or Close it; ctx governs it until then.
func (c *Client) Stream(ctx context.Context, method, url string, options ...RequestOption) (*Response, error) {
	return stream(ctx, c.top, c.base, method, url, options)
}

// Request makes a request, sends it and reads the body of the response into
// memory: Bytes, Text and JSON have it, there is nothing to close. A status such
// as 404 is no error.
func (c *Client) Request(ctx context.Context, method, url string, options ...RequestOption) (*Response, error) {
	return request(ctx, c.top, c.base, method, url, options)
}

// Get is Request with the method GET.
func (c *Client) Get(ctx context.Context, url string, options ...RequestOption) (*Response, error) {
	return c.Request(ctx, "GET", url, options...)
}

// Head is Request with the method HEAD.
func (c *Client) Head(ctx context.Context, url string, options ...RequestOption) (*Response, error) {
	return c.Request(ctx, "HEAD", url, options...)
}

// Post is Request with the method POST.
func (c *Client) Post(ctx context.Context, url string, options ...RequestOption) (*Response, error) {
	return c.Request(ctx, "POST", url, options...)
}

// Put is Request with the method PUT.
func (c *Client) Put(ctx context.Context, url string, options ...RequestOption) (*Response, error) {
	return c.Request(ctx, "PUT", url, options...)
}

// Patch is Request with the method PATCH.
func (c *Client) Patch(ctx context.Context, url string, options ...RequestOption) (*Response, error) {
	return c.Request(ctx, "PATCH", url, options...)
}

// Delete is Request with the method DELETE.
func (c *Client) Delete(ctx context.Context, url string, options ...RequestOption) (*Response, error) {
	return c.Request(ctx, "DELETE", url, options...)
}

// Upgrade asks for another protocol on the connection and returns its stream,
// see the function [Upgrade].
func (c *Client) Upgrade(ctx context.Context, method, url string, options ...RequestOption) (*network.Stream, *Response, error) {
	return upgrade(ctx, c.top, c.base, method, url, options)
}

// Transport is what the client stands on: the pool, unless
// [ClientOptions].Transport said otherwise.
func (c *Client) Transport() Transport { return c.transport }

// Unwrap is Transport: what walks down to a pool walks through a client.
func (c *Client) Unwrap() Transport { return c.transport }

// Close closes the pool that the client made; a Transport that it was given is
// left alone.
func (c *Client) Close() error {
	if c.own == nil {
		return nil
	}
	return c.own.Close()
}

// String shows the connections of the pool beneath, where there is one:
//
//	<Client [1 idle]>
func (c *Client) String() string {
	if pool, ok := beneath[*ConnectionPool](c.transport); ok {
		return "<Client [" + pool.tally() + "]>"
	}
	return "<Client>"
}
