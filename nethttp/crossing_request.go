package nethttp

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"time"

	"github.com/gohttpx/httpx"
	"github.com/gohttpx/httpx/h1"
)

// request makes the net/http form of the request. It checks what an http.Transport
// would, since others may not.
func (c *crossing) request() (*http.Request, error) {
	c.began = time.Now()
	req := c.req
	if req.URL == nil {
		return nil, errors.New("nethttp: request without a URL")
	}
	if err := checkFields(req); err != nil {
		return nil, fmt.Errorf("nethttp: %s: %w", req, err)
	}
	method := req.Method
	if method == "" {
		method = http.MethodGet
	}
	in := (&http.Request{
		Method: method,
		URL:    targetURL(req),
		Proto:  "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: make(http.Header, len(req.Headers)+2),
		Host:   req.Headers.Get("Host"),
	}).WithContext(httptrace.WithClientTrace(c.ctx, c.hooks()))
	c.setHeader(in)
	if isConnect(in) {
		if in.Host == "" {
			in.Host = req.Target
		}
		if req.Content == nil {
			in.Body, c.feed = io.Pipe()
			in.ContentLength = -1
		}
	}
	if err := c.setBody(in); err != nil {
		return nil, fmt.Errorf("nethttp: %s: %w", req, err)
	}
	return in, nil
}

func checkFields(req *httpx.Request) error {
	if req.Method != "" {
		if err := h1.CheckMethod(req.Method); err != nil {
			return err
		}
	}
	if req.Target != "" {
		if err := h1.CheckTarget(req.Target); err != nil {
			return err
		}
	}
	for _, f := range req.Headers {
		if err := h1.CheckField(f[0], f[1]); err != nil {
			return err
		}
	}
	for _, f := range req.Trailers {
		if err := h1.CheckTrailerName(f[0]); err != nil {
			return err
		}
		if err := h1.CheckField(f[0], f[1]); err != nil {
			return err
		}
	}
	return nil
}

// targetURL is the URL, such that net/http makes the request's Target of it.
func targetURL(req *httpx.Request) *url.URL {
	if req.Target == "" {
		return req.URL
	}
	return &url.URL{Scheme: req.URL.Scheme, Host: req.URL.Host, Opaque: req.Target}
}

// setHeader copies the fields. What httpx does not send net/http must not add,
// as far as it can be told so; what httpx adds is added here.
func (c *crossing) setHeader(in *http.Request) {
	for name, value := range c.req.Headers.All() {
		in.Header.Add(name, value)
	}
	in.Header.Del("Host")
	if _, ok := in.Header["User-Agent"]; !ok {
		in.Header["User-Agent"] = []string{""}
	}
	if in.Header.Get("Upgrade") != "" && in.Header.Get("Connection") == "" {
		in.Header.Set("Connection", "Upgrade")
	}
	for name, value := range c.req.Trailers.All() {
		if in.Trailer == nil {
			in.Trailer = make(http.Header)
		}
		in.Trailer.Add(name, value)
	}
}

// setBody opens the content, which RoundTrip closes.
func (c *crossing) setBody(in *http.Request) error {
	if len(in.Trailer) > 0 {
		in.Body = http.NoBody
		in.TransferEncoding = []string{"chunked"}
	}
	content := c.req.Content
	if content == nil {
		return nil
	}
	if t := content.ContentType(); t != "" && in.Header.Get("Content-Type") == "" {
		in.Header.Set("Content-Type", t)
	}
	in.ContentLength = content.Size()
	if in.ContentLength == 0 {
		in.Body = http.NoBody
		return nil
	}
	body, err := content.Open()
	if err != nil {
		return err
	}
	in.Body = body
	if !c.req.NoReplay {
		in.GetBody = content.Open
	}
	return nil
}
