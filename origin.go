package httpx

import (
	"fmt"
	"net"
	"net/url"
	"strings"

	"golang.org/x/net/idna"
)

// An origin is where a resource lives (RFC 9110 section 4.3.1), in one
// spelling: the scheme in lower case, the host in lower case and ASCII, the
// port only where it is not the scheme's own.
type origin struct{ scheme, host string }

// originOf gives the origin of an absolute URL.
func originOf(u *url.URL) (origin, error) {
	if u == nil {
		return origin{}, fmt.Errorf("no URL")
	}
	var secure bool
	switch u.Scheme {
	case "http":
	case "https":
		secure = true
	default:
		return origin{}, (&Request{URL: u}).checkURL()
	}
	if isCanonicalHost(u.Host, secure) {
		return origin{u.Scheme, u.Host}, nil
	}
	host, err := canonicalHost(u, secure)
	return origin{u.Scheme, host}, err
}

// isCanonicalHost is the quick answer for hosts that need no work, which are
// most.
func isCanonicalHost(host string, secure bool) bool {
	if host == "" {
		return false
	}
	for i := 0; i < len(host); i++ {
		switch c := host[i]; {
		case 'a' <= c && c <= 'z', '0' <= c && c <= '9', c == '.', c == '-':
		case c == ':':
			port := host[i+1:]
			return i > 0 && isNumber(port) && port[0] != '0' && (secure && port != "443" || !secure && port != "80")
		default:
			return false
		}
	}
	return true
}

func isNumber(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}

func canonicalHost(u *url.URL, secure bool) (string, error) {
	name, port := strings.ToLower(u.Hostname()), u.Port()
	if name == "" {
		return "", fmt.Errorf("the URL has no host")
	}
	if strings.ContainsFunc(name, func(r rune) bool { return r >= 0x80 }) {
		ascii, err := idna.Lookup.ToASCII(name)
		if err != nil {
			return "", fmt.Errorf("host %q: %w", name, err)
		}
		name = ascii
	}
	if strings.ContainsFunc(name, func(r rune) bool { return r <= ' ' || r == 0x7f || strings.ContainsRune(`"<>\^|{}/?#@`+"`", r) }) {
		return "", fmt.Errorf("host %q: invalid character", name)
	}
	if strings.Contains(name, ":") {
		name = "[" + name + "]" // an IPv6 address
	}
	if strings.Trim(port, "0") == "" && port != "" {
		return "", fmt.Errorf("port %q", port)
	}
	port = strings.TrimLeft(port, "0")
	if len(port) > 5 || len(port) == 5 && port > "65535" {
		return "", fmt.Errorf("port %q is above 65535", port)
	}
	if port == "" || secure && port == "443" || !secure && port == "80" {
		return name, nil
	}
	return name + ":" + port, nil
}

// String is the origin as a URL without a path.
func (o origin) String() string { return o.scheme + "://" + o.host }

func (o origin) isSecure() bool { return o.scheme == "https" }

// address is host:port, for a dial.
func (o origin) address() string {
	name, port := o.split()
	return net.JoinHostPort(name, port)
}

// split gives the name, an IPv6 address without its brackets, and the port.
func (o origin) split() (name, port string) {
	if h, p, err := net.SplitHostPort(o.host); err == nil {
		return h, p
	}
	name = strings.TrimSuffix(strings.TrimPrefix(o.host, "["), "]")
	if o.isSecure() {
		return name, "443"
	}
	return name, "80"
}

// authorityURL reads host:port as people do: port 443 is https, 80 http. It is
// how the target of CONNECT is shown.
func authorityURL(authority string) string {
	host, port, err := net.SplitHostPort(authority)
	if err != nil {
		return authority
	}
	if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	switch port {
	case "443":
		return "https://" + host
	case "80":
		return "http://" + host
	}
	return authority
}

// requestTarget is the origin form of a URL (RFC 9112 section 3.2.1).
func requestTarget(u *url.URL) string {
	path := u.EscapedPath()
	if path == "" {
		path = "/"
	} else if path[0] != '/' {
		path = "/" + path
	}
	if u.RawQuery == "" && !u.ForceQuery {
		return path
	}
	return path + "?" + u.RawQuery
}
