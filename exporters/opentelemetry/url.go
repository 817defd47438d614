package opentelemetry

import (
	"net/url"
	"strconv"
	"strings"
)

// mark is what the conventions write in place of a secret.
const mark = "REDACTED"

// redacted is a URL without what may be a secret. The conventions name a few
// parameters whose values are; a value that is not named may be one all the
// same.
func redacted(u *url.URL) string {
	c := *u
	c.User = nil // it is not sent either
	c.Fragment, c.RawFragment = "", ""
	if u.RawQuery != "" {
		c.RawQuery = redactedQuery(u.RawQuery)
	}
	return c.String()
}

func redactedQuery(raw string) string {
	pairs := strings.Split(raw, "&")
	for i, pair := range pairs {
		name, _, hasValue := strings.Cut(pair, "=")
		switch {
		case hasValue:
			pairs[i] = name + "=" + mark
		case pair != "":
			pairs[i] = mark // without a name, all of it may be a secret
		}
	}
	return strings.Join(pairs, "&")
}

// server is the host and the port of a URL, as the conventions want them.
func server(u *url.URL) (address string, port int) {
	if u == nil {
		return "", 0
	}
	port, err := strconv.Atoi(u.Port())
	if err != nil {
		port = defaultPort(u.Scheme)
	}
	return u.Hostname(), port
}

func defaultPort(scheme string) int {
	if scheme == "https" {
		return 443
	}
	return 80
}
