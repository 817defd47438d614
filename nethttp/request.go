package nethttp

import (
	"errors"
	"fmt"
	"net/http"
	"net/textproto"
	"slices"
	"strings"

	"github.com/gohttpx/httpx"
	"github.com/gohttpx/httpx/h1"
	"golang.org/x/net/http/httpguts"
)

// prepare makes the httpx form of the request, whose fields go into room as far
// as they fit. What it refuses was not begun.
func (x *trip) prepare(room httpx.Headers) error {
	r := x.in
	if r.URL == nil {
		return errors.New("nethttp: request without a URL")
	}
	x.req.Method = r.Method
	x.req.URL = r.URL
	if !x.isForgotten {
		kept := *r.URL
		x.req.URL = &kept
	}
	x.req.Target = target(r)
	if err := x.setContent(); err != nil {
		return err
	}
	x.req.Headers = room
	return x.addFields()
}

// setContent decides how the body goes, by the rules of http.Transport: a
// ContentLength of 0 says nothing of a body that is there.
func (x *trip) setContent() error {
	r, c := x.in, &x.content
	switch {
	case r.Body == nil:
		if r.ContentLength != 0 {
			return fmt.Errorf("nethttp: Request.ContentLength=%d with nil Body", r.ContentLength)
		}
		return nil
	case r.Body == http.NoBody:
		if len(r.TransferEncoding) > 0 && r.TransferEncoding[0] == "identity" && r.Method != "" && r.Method != http.MethodGet && r.Method != http.MethodHead {
			x.req.Content = httpx.Bytes([]byte{}) // says Content-Length: 0
		}
		return nil
	case isConnect(r):
		return nil // it goes into the tunnel, see feed
	}
	c.first, c.size = r.Body, -1
	isChunked := len(r.TransferEncoding) > 0 && r.TransferEncoding[0] == "chunked"
	if r.ContentLength > 0 && !isChunked {
		c.size = r.ContentLength
	}
	if c.size < 0 && len(r.TransferEncoding) == 0 && usuallyLacksBody(r.Method) && c.isEmpty() {
		c.closeUnopened()
		return nil
	}
	x.req.Content = c
	x.req.NoReplay = r.GetBody == nil
	if c.size < 0 && len(r.Trailer) > 0 {
		return x.addTrailers()
	}
	return nil
}

// isConnect reports whether the request asks for a tunnel.
func isConnect(r *http.Request) bool { return r.Method == http.MethodConnect }

// usuallyLacksBody names the methods for which a chunked body without content
// would confuse servers.
func usuallyLacksBody(method string) bool {
	switch method {
	case "", http.MethodGet, http.MethodHead, http.MethodDelete, http.MethodOptions, "PROPFIND", "SEARCH":
		return true
	}
	return false
}

// target is the request target where it is not the path and query of the URL.
func target(r *http.Request) string {
	switch {
	case isConnect(r) && r.URL.Path == "":
		if r.URL.Opaque != "" {
			return r.URL.Opaque
		}
		if r.Host != "" {
			return r.Host
		}
		return r.URL.Host
	case r.URL.Opaque != "":
		return r.URL.RequestURI()
	case r.URL.Path == "*" && r.URL.RawQuery == "":
		return "*"
	}
	return ""
}

// defaultUserAgent is what net/http sends, so that a server sees no change.
const defaultUserAgent = "Go-http-client/1.1"

// addFields copies the header: Host, User-Agent, the rest by name, as net/http
// writes it. What could not be sent is refused here, before a connection is
// asked for.
func (x *trip) addFields() error {
	r := x.in
	if host, err := hostField(r); err != nil {
		return err
	} else if host != "" {
		x.addField("Host", host)
	}
	agent := defaultUserAgent
	place := len(x.req.Headers) // of User-Agent
	x.addField("User-Agent", agent)
	if r.Close && !hasToken(r.Header["Connection"], "close") {
		x.addField("Connection", "close")
	}
	first := len(x.req.Headers)
	asksGzip := r.Method != http.MethodHead
	for name, values := range r.Header {
		switch name {
		case "Host", "Content-Length", "Transfer-Encoding", "Trailer":
			continue // said by fields of the request, as http.Transport has it
		case "User-Agent":
			agent = firstOf(values)
			continue
		case "Accept-Encoding", "Range":
			// The conditions of http.Transport: the caller said nothing of it, wants
			// no range of the response, and wants its body.
			asksGzip = asksGzip && firstOf(values) == ""
		}
		for _, v := range values {
			x.addField(name, v)
		}
	}
	byName(x.req.Headers[first:])
	x.req.Headers[place][1] = textproto.TrimString(agent)
	if agent == "" { // how one leaves it out
		x.req.Headers = slices.Delete(x.req.Headers, place, place+1)
	}
	if asksGzip {
		x.gzip = true
		x.addField("Accept-Encoding", "gzip")
	}
	for _, f := range x.req.Headers {
		if err := h1.CheckField(f[0], f[1]); err != nil {
			return fmt.Errorf("nethttp: header: %w", err)
		}
	}
	return nil
}

func (x *trip) addField(name, value string) {
	x.req.Headers = append(x.req.Headers, [2]string{name, textproto.TrimString(value)})
}

// byName sorts fields, which a map gave in no order, and keeps the order of
// those with one name. Requests have few: insertion is the quickest.
func byName(fields [][2]string) {
	for i := 1; i < len(fields); i++ {
		for j := i; j > 0 && fields[j][0] < fields[j-1][0]; j-- {
			fields[j], fields[j-1] = fields[j-1], fields[j]
		}
	}
}

// hostField is the value of Host, or nothing where it follows from the URL.
func hostField(r *http.Request) (string, error) {
	host := r.Host
	if host == "" || host == r.URL.Host {
		return "", nil
	}
	host, err := httpguts.PunycodeHostPort(host)
	if err == nil && !httpguts.ValidHostHeader(host) {
		err = errors.New("invalid character")
	}
	if err != nil {
		return "", fmt.Errorf("nethttp: Request.Host %q: %w", r.Host, err)
	}
	return withoutZone(host), nil
}

// withoutZone removes the zone of an IPv6 address, which means nothing to the
// peer (RFC 6874 section 3).
func withoutZone(host string) string {
	if !strings.HasPrefix(host, "[") {
		return host
	}
	end := strings.LastIndexByte(host, ']')
	zone := strings.LastIndexByte(host[:max(end, 0)], '%')
	if zone < 0 {
		return host
	}
	return host[:zone] + host[end:]
}

func firstOf(values []string) string {
	if len(values) == 0 {
		return ""
	}
	return values[0]
}

// addTrailers names the trailers; their values are there when the body was
// read, and are filled in then.
func (x *trip) addTrailers() error {
	for name, values := range x.in.Trailer {
		if err := h1.CheckTrailerName(name); err != nil {
			return fmt.Errorf("nethttp: %w", err)
		}
		if err := h1.CheckField(name, strings.Join(values, ", ")); err != nil {
			return fmt.Errorf("nethttp: trailer: %w", err)
		}
		x.req.Trailers = append(x.req.Trailers, [2]string{name, ""})
	}
	byName(x.req.Trailers)
	x.content.trailers = x.req.Trailers
	return nil
}

// hasToken reports whether one of the values, each a comma list, has the token,
// in any case.
func hasToken(values []string, token string) bool {
	return slices.ContainsFunc(values, func(list string) bool { return h1.HasToken(list, token) })
}
