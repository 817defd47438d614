package nethttp

import (
	"compress/gzip"
	"io"
	"sync"
)

// gunzip is a compressed body that is read plain. It begins with the first
// Read, so that a response whose body nobody reads costs nothing.
type gunzip struct {
	body io.ReadCloser
	zip  *gzip.Reader
	err  error // what Read gives from here on
}

// zips holds readers to use again: each is 40 KiB.
var zips sync.Pool

func (g *gunzip) Read(p []byte) (int, error) {
	if g.err != nil {
		return 0, g.err
	}
	if g.zip == nil {
		if g.err = g.begin(); g.err != nil {
			return 0, g.err
		}
	}
	n, err := g.zip.Read(p)
	if err != nil {
		g.err = err
		zips.Put(g.zip)
		g.zip = nil
	}
	return n, err
}

func (g *gunzip) begin() error {
	if zip, ok := zips.Get().(*gzip.Reader); ok {
		g.zip = zip
		return zip.Reset(g.body)
	}
	zip, err := gzip.NewReader(g.body)
	g.zip = zip
	return err
}

// Close closes the body beneath. A Read that runs beside it ends with that.
func (g *gunzip) Close() error { return g.body.Close() }
