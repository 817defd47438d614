package httpx

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/gohttpx/httpx/h1"
	"github.com/gohttpx/httpx/internal/redact"
)

// A Request is what is asked of a [Transport]. Send never changes one, so one
// Request may be sent by several goroutines at once and as often as wanted,
// as long as nobody changes it meanwhile and its Content opens more than once.
type Request struct {
	// Method is a token such as GET; it is case-sensitive. Empty means GET.
	Method string

	// URL is absolute: http or https, with a host. Its user information is
	// not sent, and its fragment stays here.
	URL *url.URL

	// Target, where set, is sent as the request target in place of the URL's
	// own path and query: "*" for OPTIONS, host:port for CONNECT (RFC 9112
	// section 3.2).
	Target string

	// Headers are sent in their order and as often as they stand there. Host
	// goes first: the one among them, of which there may be one only, or that of
	// the URL. The framing (Content-Length, Transfer-Encoding) is the Content's
	// to say: a field that contradicts it is an error.
	Headers Headers

	// Trailers are sent behind the content, which is then chunked.
	Trailers Headers

	// Content is the body; nil means none.
	Content Content

	// Route is the proxies to go through; nil leaves the choice to the
	// options of the transport.
	Route Route

	// Timeouts replaces those of the options, field by field.
	Timeouts *Timeouts

	// OnInterim, where set, is called for each interim (1xx) response but
	// 101, before Send returns, on the goroutine that called it. The Headers
	// are the callee's to keep.
	OnInterim func(status int, h Headers)

	// OnEvent, where set, is called for each event of the request: see the
	// function [OnEvent].
	OnEvent func(Event)

	// NoReplay forbids sending the request a second time when a reused
	// connection ended before the first byte of a response.
	NoReplay bool
}

// A RequestOption changes one thing of a request that is being made. Nil ones
// are skipped, and values are copied in. The options are [Headers], [Body],
// [Timeouts], [Route], [NoReplay], and what [Query], [Target], [Trailers],
// [OnInterim] and [OnEvent] return.
type RequestOption interface{ applyTo(*Request) error }

type optionFunc func(*Request) error

func (f optionFunc) applyTo(r *Request) error { return f(r) }

// NoReplay is the option that sets [Request.NoReplay].
var NoReplay RequestOption = optionFunc(func(r *Request) error {
	r.NoReplay = true
	return nil
})

// Query adds values to the URL's own query.
func Query(values url.Values) RequestOption {
	encoded := values.Encode()
	return optionFunc(func(r *Request) error {
		switch {
		case encoded == "":
		case r.URL.RawQuery == "":
			r.URL.RawQuery = encoded
		default:
			r.URL.RawQuery += "&" + encoded
		}
		return nil
	})
}

// Trailers sets the fields that are sent behind the content.
func Trailers(h Headers) RequestOption {
	h = h.Clone()
	return optionFunc(func(r *Request) error {
		r.Trailers.replace(h)
		return nil
	})
}

// OnInterim has f called for each interim response (1xx) but 101: 103 Early
// Hints, say. It is called on the goroutine of Send, before Send returns.
func OnInterim(f func(status int, h Headers)) RequestOption {
	return optionFunc(func(r *Request) error {
		r.OnInterim = f
		return nil
	})
}

// NewRequest makes a request and checks it: the method is a token, the URL is
// an absolute one of http or https with a host, no field could split the wire,
// and none contradicts the framing.
func NewRequest(method, rawURL string, options ...RequestOption) (*Request, error) {
	return newRequest(nil, method, rawURL, options)
}

// newRequest is NewRequest with rawURL resolved against base, where given.
func newRequest(base *url.URL, method, rawURL string, options []RequestOption) (*Request, error) {
	u, err := url.Parse(rawURL)
	if err != nil {
		return nil, fmt.Errorf("httpx: %w", redact.Error(rawURL, err))
	}
	if base != nil {
		u = base.ResolveReference(u)
	}
	r := &Request{Method: method, URL: u}
	for _, o := range options {
		if o == nil {
			continue
		}
		if err := o.applyTo(r); err != nil {
			return nil, fmt.Errorf("httpx: %s %s: %w", method, redact.URL(u), err)
		}
	}
	if err := r.check(); err != nil {
		return nil, err
	}
	return r, nil
}

// check finds everything that could not be sent, before a byte is written.
func (r *Request) check() error {
	fault := r.fault()
	if fault == nil {
		return nil
	}
	return fmt.Errorf("httpx: request %s: %w", r.describe(), fault)
}

func (r *Request) fault() error {
	if err := r.checkURL(); err != nil {
		return err
	}
	if err := h1.CheckMethod(r.method()); err != nil {
		return err
	}
	if r.Target != "" {
		if err := h1.CheckTarget(r.Target); err != nil {
			return err
		}
	}
	if u := r.URL; u.Opaque != "" && r.Target == "" {
		return errors.New("the URL is opaque: want one with a path, or a Target")
	}
	hosts := 0
	for _, f := range r.Headers {
		if err := h1.CheckField(f[0], f[1]); err != nil {
			return err
		}
		if sameName(f[0], "Host") {
			if hosts++; hosts > 1 {
				return errors.New("two fields \"Host\"") // RFC 9112 section 3.2
			}
			if f[1] == "" || strings.ContainsAny(f[1], " \t/\\@?#,") {
				return fmt.Errorf("field \"Host\": %q is no host", f[1])
			}
		}
		if err := r.checkFraming(f); err != nil {
			return err
		}
	}
	for _, f := range r.Trailers {
		if err := h1.CheckField(f[0], f[1]); err != nil {
			return fmt.Errorf("trailer: %w", err)
		}
	}
	return nil
}

func (r *Request) checkURL() error {
	u := r.URL
	if u == nil {
		return errors.New("no URL")
	}
	if u.Scheme != "http" && u.Scheme != "https" {
		if u.Scheme == "" {
			return errors.New("the URL has no scheme: want http:// or https://")
		}
		return fmt.Errorf("unsupported scheme %q: want http or https", u.Scheme)
	}
	if u.Hostname() == "" {
		return errors.New("the URL has no host")
	}
	return nil
}

// checkFraming refuses the fields that say how long the content is: that is
// the Content's to say (RFC 9112 section 6).
func (r *Request) checkFraming(f [2]string) error {
	switch {
	case sameName(f[0], "Transfer-Encoding"):
		return errors.New("field \"Transfer-Encoding\": the content's size decides the framing")
	case sameName(f[0], "Content-Length"):
		if want := contentLength(r.Content); f[1] != want {
			return fmt.Errorf("field \"Content-Length\": %q disagrees with the content, which has %s", f[1], want)
		}
	}
	return nil
}

// method returns the method, GET where none is given.
func (r *Request) method() string {
	if r.Method == "" {
		return "GET"
	}
	return r.Method
}

// clone returns a copy whose URL and Headers may be changed.
func (r *Request) clone() *Request {
	c := *r
	c.Headers = slices.Clone(r.Headers)
	if r.URL != nil {
		u := *r.URL
		c.URL = &u
	}
	return &c
}

// describe names the request in an error: no secrets, nothing that splits a line.
func (r *Request) describe() string {
	return fmt.Sprintf("[%s %q]", strings.Trim(fmt.Sprintf("%q", r.method()), `"`), redact.URL(r.URL))
}

// String gives the method and the URL, without credentials:
//
//	<Request [GET "https://www.example.com/"]>
func (r *Request) String() string { return "<Request " + r.describe() + ">" }
