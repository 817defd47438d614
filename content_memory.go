package httpx

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/url"
	"strings"
)

// Bytes sends data as it is, without a Content-Type. data is not copied: it
// must not change until the last response to it was received.
func Bytes(data []byte) Body { return Body{&memoryContent{data: data}} }

// Text sends s as text/plain in UTF-8.
func Text(s string) Body {
	return Body{&memoryContent{text: s, contentType: "text/plain; charset=utf-8"}}
}

// HTML sends s as text/html in UTF-8.
func HTML(s string) Body {
	return Body{&memoryContent{text: s, contentType: "text/html; charset=utf-8"}}
}

// JSON sends v as application/json, in the form that json.Marshal gives it.
// v is marshalled at once: a later change of it is not seen. Where that fails
// the making of the request does.
func JSON(v any) Body {
	data, err := json.Marshal(v)
	if err != nil {
		return Body{failed{fmt.Errorf("JSON: %w", err)}}
	}
	return Body{&memoryContent{data: data, contentType: "application/json"}}
}

// Form sends values as application/x-www-form-urlencoded, sorted by name.
func Form(values url.Values) Body {
	return Body{&memoryContent{text: values.Encode(), contentType: "application/x-www-form-urlencoded"}}
}

// memoryContent is a content that lies in memory, as bytes or as a string so
// that neither is copied into the other.
type memoryContent struct {
	data        []byte
	text        string
	contentType string
}

func (c *memoryContent) Open() (io.ReadCloser, error) {
	if c.text != "" {
		r := new(textReader)
		r.Reset(c.text)
		return r, nil
	}
	r := new(dataReader)
	r.Reset(c.data)
	return r, nil
}

func (c *memoryContent) Size() int64                  { return int64(len(c.data) + len(c.text)) }
func (c *memoryContent) ContentType() string          { return c.contentType }
func (c *memoryContent) memory() (b []byte, s string) { return c.data, c.text }

// The readers keep the WriteTo of what they embed: no buffer between.
type (
	dataReader struct{ bytes.Reader }
	textReader struct{ strings.Reader }
)

func (*dataReader) Close() error { return nil }
func (*textReader) Close() error { return nil }
