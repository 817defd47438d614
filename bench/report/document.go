package report

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// A Document is a page that is written by parts: a part that was measured anew
// replaces the one that was there, and the others stay.
type Document struct {
	path string
	text string
}

// The parts, in their order. That of the reasons is written by hand, and stays.
var parts = []string{"machine", "table", "reasons", "idle", "acquire", "gigabyte"}

const introduction = `# Speed

This page is written by the program in [bench](../bench/README.md), which says
how the figures come about and how to repeat them, but for the section that says
why they are what they are. Times are of the client's
process alone, user and system. *raw* is hand-written sockets: a connection per
worker, a request made beforehand, and no more reading than finds the end of the
answer. It is the measure of all others.

![CPU time per request](speed.svg)
`

func begin(part string) string { return "<!-- begin " + part + " -->\n" }
func end(part string) string   { return "<!-- end " + part + " -->\n" }

// OpenDocument reads the page, or begins it.
func OpenDocument(path string) (*Document, error) {
	text, err := os.ReadFile(path)
	if err != nil && !os.IsNotExist(err) {
		return nil, err
	}
	d := &Document{path: path, text: introduction}
	for _, p := range parts {
		d.text += "\n" + begin(p) + between(string(text), p) + end(p)
	}
	return d, nil
}

// between is what stands in a part.
func between(text, part string) string {
	_, rest, found := strings.Cut(text, begin(part))
	if !found {
		return ""
	}
	inside, _, _ := strings.Cut(rest, end(part))
	return inside
}

// Replace sets a part.
func (d *Document) Replace(part, text string) {
	head, rest, found := strings.Cut(d.text, begin(part))
	if !found {
		panic(fmt.Sprintf("report: no part %q", part))
	}
	_, tail, _ := strings.Cut(rest, end(part))
	d.text = head + begin(part) + text + end(part) + tail
}

// Save writes the page.
func (d *Document) Save() error {
	if err := os.MkdirAll(filepath.Dir(d.path), 0o755); err != nil {
		return err
	}
	return os.WriteFile(d.path, []byte(d.text), 0o644)
}
