// Package redact keeps secrets out of everything that is written for people:
// text forms, errors, logs, snapshots and pages.
//
// What counts as a secret: the user information of a URL, the values of its
// query, and the values of the header fields that carry credentials.
//
//	redact.URL(u)                       // https://example.com/search?q=…
//	redact.Field("Authorization", v)    // [redacted]
package redact

import (
	"errors"
	"net/url"
	"strings"
)

// Mark stands where a secret stood.
const Mark = "[redacted]"

// secretWords stand in the names of fields whose values are credentials: those
// of RFC 9110 section 11 and RFC 6265, and those that services make up. A field
// too many costs a reader a look, one too few costs a password.
var secretWords = []string{
	"auth", "cookie", "token", "secret", "password", "passwd", "credential",
	"api-key", "apikey", "access-key", "subscription-key", "signature", "session", "csrf", "xsrf",
}

// IsSecret reports whether the field of that name carries a credential.
func IsSecret(name string) bool {
	name = strings.ToLower(name)
	for _, word := range secretWords {
		if strings.Contains(name, word) {
			return name != "www-authenticate" && name != "proxy-authenticate" // they ask for one
		}
	}
	return false
}

// urlFields are those whose values are URLs, which may hold secrets as any.
var urlFields = []string{"Location", "Content-Location", "Referer", "Refresh", "Origin"}

// Field returns value, or Mark where the field of that name is a secret; a URL
// is returned as by Raw.
func Field(name, value string) string {
	if value == "" {
		return value
	}
	if IsSecret(name) {
		return Mark
	}
	for _, f := range urlFields {
		if strings.EqualFold(f, name) {
			return Raw(value)
		}
	}
	return value
}

// Fields returns a copy of fields with each secret's value marked.
func Fields(fields [][2]string) [][2]string {
	if fields == nil {
		return nil
	}
	clean := make([][2]string, len(fields))
	for i, f := range fields {
		clean[i] = [2]string{f[0], Field(f[0], f[1])}
	}
	return clean
}

// URL returns u for people: no user information, no fragment, query names
// without their values.
func URL(u *url.URL) string {
	if u == nil {
		return ""
	}
	if u.User == nil && u.RawQuery == "" && u.Fragment == "" && u.Opaque == "" && u.Host != "" && !strings.Contains(u.Host, "@") {
		return u.String()
	}
	c := *u
	c.User = nil
	// What was taken for something else, as for want of a scheme.
	c.Opaque = behindAt(u.Opaque)
	c.Host = behindAt(u.Host)
	if u.Host == "" {
		c.Path, c.RawPath = behindAt(u.Path), ""
	}
	c.RawQuery = ""
	c.ForceQuery = false
	c.Fragment, c.RawFragment = "", ""
	if u.RawQuery == "" {
		return c.String()
	}
	return c.String() + "?" + Query(u.RawQuery)
}

// behindAt cuts off what would be user information, had it been parsed as such.
func behindAt(s string) string { return s[strings.LastIndexByte(s, '@')+1:] }

// Query returns a raw query with each value replaced by an ellipsis.
func Query(raw string) string {
	var b strings.Builder
	for i, pair := range strings.Split(raw, "&") {
		if i > 0 {
			b.WriteByte('&')
		}
		name, _, hasValue := strings.Cut(pair, "=")
		if !hasValue && name != "" {
			// A query without names may be a secret as a whole.
			b.WriteString("…")
			continue
		}
		b.WriteString(name)
		if hasValue {
			b.WriteString("=…")
		}
	}
	return b.String()
}

// Raw is URL for a text that may not parse as one.
func Raw(raw string) string {
	if u, err := url.Parse(raw); err == nil {
		return URL(u)
	}
	// What does not parse is cut where secrets may stand: a password may hold any
	// character, those among them that it should not.
	scheme, rest, ok := strings.Cut(raw, "://")
	if !ok {
		scheme, rest = "", raw
	}
	rest, _, _ = strings.Cut(behindAt(rest), "#")
	rest, query, hasQuery := strings.Cut(rest, "?")
	if scheme != "" {
		rest = scheme + "://" + rest
	}
	if hasQuery {
		rest += "?" + Query(query)
	}
	return rest
}

// Error returns the error that url.Parse gave of raw, redacted: it quotes its whole
// argument, or half of it, password and all.
func Error(raw string, err error) error {
	var ue *url.Error
	if !errors.As(err, &ue) {
		return err
	}
	clean := &url.Error{Op: ue.Op, URL: Raw(raw), Err: ue.Err}
	if strings.Contains(raw, "@") {
		// The inner words of url.Parse may quote the part with the secret.
		clean.Err = parseFault(ue.Err)
	}
	return clean
}

// parseFault keeps the kind of a url.Parse error and drops what it quotes.
func parseFault(err error) error {
	switch err.(type) {
	case url.EscapeError:
		return errors.New("invalid URL escape")
	case url.InvalidHostError:
		return errors.New("invalid character in host name")
	}
	text := err.Error()
	if i := strings.IndexByte(text, '"'); i > 0 {
		text = strings.TrimSpace(text[:i])
	}
	return errors.New(text)
}
