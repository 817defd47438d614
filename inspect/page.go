package inspect

import (
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
)

// page is the whole of it: markup, style and script, and nothing from outside.
//
//go:embed page/index.html
var page string

// pagePolicy allows the page its own style and script, named by their hashes,
// and the addresses beside it. Text is the only thing the script can make of
// what it gets: trusted types forbid it to make markup.
var pagePolicy = sync.OnceValue(func() string {
	return fmt.Sprintf("default-src 'none'; style-src '%s'; script-src '%s'; connect-src 'self'; "+
		"img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "+
		"require-trusted-types-for 'script'; trusted-types 'none'",
		hashOf("style"), hashOf("script"))
})

// hashOf is the hash of what stands in the page's element, as a policy names it.
func hashOf(element string) string {
	_, rest, _ := strings.Cut(page, "<"+element+">")
	content, _, _ := strings.Cut(rest, "</"+element+">")
	sum := sha256.Sum256([]byte(content))
	return "sha256-" + base64.StdEncoding.EncodeToString(sum[:])
}

func servePage(w http.ResponseWriter) {
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", pagePolicy())
	io.WriteString(w, page)
}
