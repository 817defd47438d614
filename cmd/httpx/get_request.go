package main

import (
	"encoding/base64"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"github.com/gohttpx/httpx"
	"github.com/gohttpx/httpx/internal/redact"
)

// request makes the request of the command line.
func (g *get) request(rawURL string) (*httpx.Request, error) {
	u, err := parseURL(rawURL)
	if err != nil {
		return nil, err
	}
	given, err := g.givenHeaders()
	if err != nil {
		return nil, err
	}
	credentials, err := g.credentials(u)
	if err != nil {
		return nil, err
	}
	u.User = nil // it was for the credentials
	if err := g.data.check(); err != nil {
		return nil, err
	}
	if g.head && g.data.isGiven() {
		return nil, usageError{errors.New("--head does not go with data")}
	}
	body, err := g.data.body(g.terminal.in)
	if err != nil {
		return nil, err
	}
	req, err := httpx.NewRequest(g.methodToUse(), u.String(), g.data.headers(), credentials, given, body)
	if err != nil {
		return nil, usageError{err}
	}
	return req, nil
}

// methodToUse is what -X says, else what follows from the other options.
func (g *get) methodToUse() string {
	switch {
	case g.method != "":
		return g.method
	case g.head:
		return "HEAD"
	case g.data.isGiven():
		return "POST"
	}
	return "GET"
}

// parseURL takes what people type: without a scheme it is http.
func parseURL(raw string) (*url.URL, error) {
	if !strings.Contains(raw, "://") {
		raw = "http://" + raw
	}
	u, err := url.Parse(raw)
	if err != nil {
		return nil, localError{exitBadURL, redact.Error(raw, err)}
	}
	if u.Scheme != "http" && u.Scheme != "https" {
		return nil, localError{exitFailed, fmt.Errorf("%s: unsupported scheme %q: want http or https", redact.URL(u), u.Scheme)}
	}
	if u.Hostname() == "" {
		return nil, localError{exitBadURL, fmt.Errorf("%s: no host", redact.URL(u))}
	}
	return u, nil
}

// defaultNames are the fields that are sent without being asked for: an empty
// value leaves them out.
var defaultNames = httpx.Headers{
	{"User-Agent"}, {"Accept"}, {"Accept-Encoding"}, {"Content-Type"}, {"Cookie"}, {"Authorization"},
}

// givenHeaders are the fields of -H, with curl's three forms: "Name: value",
// "Name:" to leave out what would be sent, "Name;" for an empty value.
func (g *get) givenHeaders() (httpx.Headers, error) {
	var h httpx.Headers
	if g.userAgent != "" {
		h.Set("User-Agent", g.userAgent)
	}
	for _, line := range g.headers {
		name, value, ok := strings.Cut(line, ":")
		value = strings.TrimSpace(value)
		if !ok {
			if name, ok = strings.CutSuffix(line, ";"); !ok {
				return nil, usageError{fmt.Errorf("--header %q: want \"Name: value\"", redactLine(line))}
			}
		} else if value == "" && !defaultNames.Has(name) {
			continue // there is nothing to leave out
		}
		h.Add(name, value)
	}
	return h, nil
}

// redactLine shows a line without what may be a secret in it.
func redactLine(line string) string {
	name, _, more := strings.Cut(line, " ")
	if more {
		return name + " …"
	}
	return name
}

// credentials is the field Authorization that follows from --user, else from
// the URL.
func (g *get) credentials(u *url.URL) (httpx.Headers, error) {
	name, password, hasPassword := strings.Cut(g.user, ":")
	switch {
	case g.user == "" && u.User == nil:
		return nil, nil
	case g.user == "":
		name = u.User.Username()
		password, hasPassword = u.User.Password()
	}
	if !hasPassword && g.user != "" {
		var err error
		if password, err = g.askPassword(name); err != nil {
			return nil, localError{exitReadInput, err}
		}
	}
	pair := base64.StdEncoding.EncodeToString([]byte(name + ":" + password))
	return httpx.Headers{{"Authorization", "Basic " + pair}}, nil
}

func (g *get) askPassword(name string) (string, error) {
	if g.terminal.askPassword == nil {
		return "", errors.New("--user without a password, and nobody to ask for it: end it in a colon for an empty one")
	}
	return g.terminal.askPassword(fmt.Sprintf("Password for %s: ", name))
}
