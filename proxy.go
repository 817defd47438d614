package httpx

import (
	"crypto/tls"
	"encoding/json"
	"fmt"
	"net/url"
	"strings"

	"github.com/gohttpx/httpx/internal/redact"
)

// A Proxy is one hop of a [Route].
type Proxy struct {
	// URL names the proxy: http, https, socks5 or socks5h, with a host. User
	// and password in it are its credentials; a path, a query or a fragment
	// has no meaning and is refused.
	URL *url.URL

	// Headers are sent to this proxy alone, with each request that it sees.
	Headers Headers

	// TLS is used towards an https proxy; nil means the defaults.
	TLS *tls.Config

	// AlwaysConnect asks the proxy for a tunnel to http origins too. Without
	// it, an http or https proxy at the end of a route gets requests to them
	// in absolute form.
	AlwaysConnect bool
}

// A Route is the way to an origin, proxy by proxy. A nil Route leaves the
// choice to the options; an empty one, such as [Direct], goes straight. As a
// [RequestOption] it sets the route of that request.
type Route []Proxy

// Direct is the route without a proxy.
var Direct = Route{}

// ParseRoute makes a route of the URLs of proxies, in the order of the hops.
func ParseRoute(urls ...string) (Route, error) {
	route := make(Route, 0, len(urls))
	for i, raw := range urls {
		u, err := url.Parse(raw)
		if err != nil {
			return nil, fmt.Errorf("httpx: proxy %d: %w", i+1, redact.Error(raw, err))
		}
		p := Proxy{URL: u}
		if err := p.check(); err != nil {
			return nil, fmt.Errorf("httpx: proxy %d: %w", i+1, err)
		}
		route = append(route, p)
	}
	return route, nil
}

func (p Proxy) check() error {
	if p.URL == nil {
		return fmt.Errorf("no URL")
	}
	switch p.URL.Scheme {
	case "http", "https", "socks5", "socks5h":
	default:
		return fmt.Errorf("%s: unsupported scheme %q: want http, https, socks5 or socks5h", p.suspect(), p.URL.Scheme)
	}
	if p.URL.Hostname() == "" {
		return fmt.Errorf("%s: no host", p.suspect())
	}
	if (p.URL.Path != "" && p.URL.Path != "/") || p.URL.RawQuery != "" || p.URL.Fragment != "" {
		return fmt.Errorf("%s: a proxy's URL has no path, query or fragment", p.suspect())
	}
	return nil
}

// suspect is a URL that will not do, for an error. Whatever it was taken for, what
// stands before an @ may be a password with a character too many.
func (p Proxy) suspect() string {
	text := p.URL.String()
	return redact.Raw(text[strings.LastIndexByte(text, '@')+1:])
}

func (r Route) applyTo(req *Request) error {
	if r == nil {
		return nil
	}
	for i, p := range r {
		if err := p.check(); err != nil {
			return fmt.Errorf("proxy %d: %w", i+1, err)
		}
	}
	req.Route = append(Route{}, r...)
	return nil
}

// address is the proxy for people: scheme and host, nothing secret.
func (p Proxy) address() string {
	if p.URL == nil {
		return ""
	}
	return p.URL.Scheme + "://" + p.URL.Host
}

// String gives scheme, host and port, without credentials.
func (p Proxy) String() string { return p.address() }

// GoString is String for the verb %#v.
func (p Proxy) GoString() string { return fmt.Sprintf("httpx.Proxy(%q)", p.address()) }

// MarshalJSON gives the text of String.
func (p Proxy) MarshalJSON() ([]byte, error) { return json.Marshal(p.address()) }

// String lists the hops: "http://127.0.0.1:8080, socks5://10.0.0.1:1080".
func (r Route) String() string { return strings.Join(r.addresses(), ", ") }

// GoString is String for the verb %#v.
func (r Route) GoString() string { return fmt.Sprintf("httpx.Route%q", r.addresses()) }

// MarshalJSON gives a list of the hops, without credentials.
func (r Route) MarshalJSON() ([]byte, error) { return json.Marshal(r.addresses()) }

func (r Route) addresses() []string {
	hops := make([]string, len(r))
	for i, p := range r {
		hops[i] = p.address()
	}
	return hops
}

// split gives the host and the port of a proxy.
func (p Proxy) split() (host, port string) {
	host, port = p.URL.Hostname(), p.URL.Port()
	if port != "" {
		return host, port
	}
	switch p.URL.Scheme {
	case "https":
		return host, "443"
	case "http":
		return host, "80"
	}
	return host, "1080"
}
