package tunnel

import (
	"io"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/gohttpx/httpx/h1"
	"github.com/gohttpx/httpx/internal/exchange"
	"github.com/gohttpx/httpx/internal/redact"
)

// What is read of the body of a refusal, so that the connection can serve on:
// as much as of a refused upgrade. Beyond, the connection is given up.
const (
	refusalBytes = 64 << 10
	refusalTime  = time.Second
)

const (
	excerptBytes = 200     // of what a proxy said, in an error
	lookedAt     = 4 << 10 // bytes of a body in which secrets are looked for
)

// readExcerpt reads the body of a refusal and returns its beginning, if it is
// text that people read.
func readExcerpt(x *exchange.Conn, head *h1.ResponseHead, secrets []string) string {
	limit := time.AfterFunc(refusalTime, x.Abort)
	start := make([]byte, lookedAt)
	n, err := io.ReadFull(x, start)
	if err == nil {
		_, _ = io.CopyN(io.Discard, x, refusalBytes-lookedAt) // End tells what came of it
	}
	if inTime := limit.Stop(); !inTime {
		x.Abort() // the timer's may still be on its way: not into the next exchange
	}
	kind, _ := head.Get("Content-Type")
	coding, _ := head.Get("Content-Encoding")
	if !isPlainText(kind) || coding != "" && !strings.EqualFold(coding, "identity") {
		return ""
	}
	return excerpt(string(start[:n]), secrets)
}

// isPlainText: pages in HTML say little in their first lines.
func isPlainText(contentType string) bool {
	kind, _, _ := strings.Cut(contentType, ";")
	switch kind = strings.ToLower(strings.TrimSpace(kind)); kind {
	case "", "application/json", "application/problem+json":
		return true
	}
	return strings.HasPrefix(kind, "text/") && kind != "text/html"
}

// excerpt is the beginning of what a peer said, fit for an error: printable, no
// longer than excerptBytes, nothing where it is no text, and only a mark where
// one of the secrets is in it.
func excerpt(text string, secrets []string) string {
	for _, secret := range secrets {
		if strings.Contains(text, secret) {
			return redact.Mark
		}
	}
	const more = "…"
	var b strings.Builder
	for _, r := range strings.TrimSpace(text) {
		switch {
		case r == 0:
			return "" // no text
		case unicode.IsSpace(r):
			r = ' '
		case !unicode.IsPrint(r):
			r = utf8.RuneError
		}
		if b.Len()+utf8.RuneLen(r) > excerptBytes-len(more) {
			return b.String() + more
		}
		b.WriteRune(r)
	}
	return b.String()
}
