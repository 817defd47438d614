package httpx

import (
	"fmt"
	"io"
	"mime"
	"os"
	"path/filepath"
)

// File sends the file of that name. Its Content-Type follows from the name's
// extension, as mime.TypeByExtension knows it, and is
// application/octet-stream where that knows none.
//
// The file must exist when File is called, which takes its size, and is opened
// each time that the request is sent. A file whose size changed in between is
// an error before a byte is written; one that changes while it is sent ends
// the exchange with an error, as any Content that yields other than its Size.
// What is not a regular file, a pipe say, is sent once and chunked.
func File(name string) Body {
	info, err := os.Stat(name)
	if err != nil {
		return Body{failed{fmt.Errorf("File: %w", err)}}
	}
	if info.IsDir() {
		return Body{failed{fmt.Errorf("File: %s is a directory", name)}}
	}
	c := &fileContent{name: name, size: -1, contentType: mime.TypeByExtension(filepath.Ext(name))}
	if info.Mode().IsRegular() {
		c.size = info.Size()
	}
	if c.contentType == "" {
		c.contentType = octetStream
	}
	return Body{c}
}

// octetStream is the media type of bytes that nothing is known about (RFC 2046
// section 4.5.1).
const octetStream = "application/octet-stream"

type fileContent struct {
	name        string
	size        int64 // -1: not a regular file
	contentType string
}

// Open returns the *os.File itself: the system may send it without us.
func (c *fileContent) Open() (io.ReadCloser, error) {
	f, err := os.Open(c.name)
	if err != nil {
		return nil, err
	}
	if err := c.checkSize(f); err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

func (c *fileContent) checkSize(f *os.File) error {
	if c.size < 0 {
		return nil
	}
	info, err := f.Stat()
	if err != nil {
		return err
	}
	if now := info.Size(); now != c.size {
		return fmt.Errorf("%s changed: it had %d bytes when the request was made, and has %d", c.name, c.size, now)
	}
	return nil
}

func (c *fileContent) Size() int64         { return c.size }
func (c *fileContent) ContentType() string { return c.contentType }
func (c *fileContent) reopens() bool       { return c.size >= 0 }
func (c *fileContent) Ready() bool         { return c.size >= 0 }
func (c *fileContent) fileName() string    { return filepath.Base(c.name) }
