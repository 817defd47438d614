package inspect

import (
	"net/http"
	"net/url"
	"strings"
)

// protect sets what holds for every answer: it is of this moment, is what it
// says it is, and belongs to pages of this origin. Nothing is shared with others
// (CORS): there is no Access-Control field.
func protect(h http.Header) {
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Referrer-Policy", "no-referrer")
	// The page replaces it by its own, which allows its script and its style.
	h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
}

// isFromHere reports whether a request was made by our own page, by a person
// (an address typed, a bookmark), or by a program that is no browser. Browsers
// say where a request comes from in Sec-Fetch-Site, to trustworthy addresses
// only, and in Origin, of some requests only: each may be missing.
func isFromHere(r *http.Request) bool {
	switch r.Header.Get("Sec-Fetch-Site") {
	case "", "same-origin", "none":
	default:
		return false
	}
	origin := r.Header.Get("Origin")
	if origin == "" {
		return true
	}
	u, err := url.Parse(origin)
	return err == nil && u.Host != "" && strings.EqualFold(u.Host, r.Host)
}

// isNavigation reports whether somebody follows a link to here, in a window of
// its own. That is harmless: the site of the link does not see what comes.
func isNavigation(r *http.Request) bool {
	return r.Header.Get("Sec-Fetch-Mode") == "navigate" && r.Header.Get("Sec-Fetch-Dest") == "document"
}
