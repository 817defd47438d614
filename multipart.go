package httpx

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/gohttpx/httpx/h1"
)

// A Part is one field of a form that [MultiPart] sends.
type Part struct {
	// Name is the name of the form's field; it must not be empty.
	Name string

	// FileName, where set, makes the part an uploaded file of that name. A
	// part whose Content is a [File] has the last element of its name.
	FileName string

	// Headers are sent with the part, behind its Content-Disposition. A
	// Content-Type among them replaces that of the Content.
	Headers Headers

	// Content is the part's value; nil means an empty one.
	Content Content
}

// MultiPart sends parts as multipart/form-data (RFC 7578), in their order and
// behind a boundary of its own. The size is known when that of every part is,
// and the body opens again when every part does. A part that could not be sent
// as it is fails the making of the request.
func MultiPart(parts ...Part) Body {
	c := &multipartContent{boundary: newBoundary(), parts: make([]encodedPart, 0, len(parts))}
	delimiter := "--" + c.boundary + "\r\n"
	for i, p := range parts {
		encoded, err := p.encode(delimiter)
		if err != nil {
			return Body{failed{fmt.Errorf("MultiPart: part %d: %w", i+1, err)}}
		}
		c.parts = append(c.parts, encoded)
		delimiter = "\r\n--" + c.boundary + "\r\n"
	}
	// Without a part the closing delimiter stands alone, at the beginning.
	c.end = strings.TrimSuffix(delimiter, "\r\n") + "--\r\n"
	return Body{c}
}

// newBoundary makes a boundary that no content contains but by a chance of one
// in 2^128 (RFC 2046 section 5.1.1 allows 70 characters). It is made once, so
// that a replay sends the same bytes.
func newBoundary() string {
	var random [16]byte
	rand.Read(random[:]) // never fails
	return hex.EncodeToString(random[:])
}

type multipartContent struct {
	boundary string
	parts    []encodedPart
	end      string // the closing delimiter
}

// An encodedPart is what goes on the wire for a part.
type encodedPart struct {
	name    string
	head    string // the delimiter, the fields and the empty line
	content Content
}

func (p Part) encode(delimiter string) (encodedPart, error) {
	if p.Name == "" {
		return encodedPart{}, errors.New("no Name") // RFC 7578 section 4.2
	}
	content := bare(p.Content)
	if content == nil {
		content = &memoryContent{}
	}
	if f, ok := content.(failed); ok {
		return encodedPart{}, fmt.Errorf("%q: %w", p.Name, f.err)
	}
	if file, ok := content.(interface{ fileName() string }); ok && p.FileName == "" {
		p.FileName = file.fileName()
	}
	var head strings.Builder
	head.WriteString(delimiter)
	head.WriteString(p.disposition())
	for _, f := range p.Headers {
		if err := checkPartField(f); err != nil {
			return encodedPart{}, fmt.Errorf("%q: %w", p.Name, err)
		}
		head.WriteString(f[0] + ": " + f[1] + "\r\n")
	}
	if t := p.contentType(content); t != "" && !p.Headers.Has("Content-Type") {
		if err := h1.CheckField("Content-Type", t); err != nil {
			return encodedPart{}, fmt.Errorf("%q: %w", p.Name, err)
		}
		head.WriteString("Content-Type: " + t + "\r\n")
	}
	head.WriteString("\r\n")
	return encodedPart{name: p.Name, head: head.String(), content: content}, nil
}

func checkPartField(f [2]string) error {
	if err := h1.CheckField(f[0], f[1]); err != nil {
		return err
	}
	if sameName(f[0], "Content-Disposition") {
		return errors.New("field \"Content-Disposition\": Name and FileName make it")
	}
	return nil
}

// contentType is that of the content; a file of which nothing is known is
// octets, any other part is text by default (RFC 7578 section 4.4).
func (p Part) contentType(content Content) string {
	if t := content.ContentType(); t != "" || p.FileName == "" {
		return t
	}
	return octetStream
}

func (p Part) disposition() string {
	d := `Content-Disposition: form-data; name="` + escapeParameter(p.Name) + `"`
	if p.FileName != "" {
		d += `; filename="` + escapeParameter(p.FileName) + `"`
	}
	return d + "\r\n"
}

// escapeParameter makes s fit between the quotes of a parameter. The quote and
// the backslash are escaped as in a quoted-string (RFC 9110 section 5.6.4),
// which is what servers undo; control characters, which must not occur there
// at all, are percent-encoded as browsers do with line breaks. The rest is sent
// as it is, in UTF-8 (RFC 7578 section 5.1).
func escapeParameter(s string) string {
	if !strings.ContainsFunc(s, needsEscape) {
		return s
	}
	var b strings.Builder
	for i := range len(s) {
		switch c := s[i]; {
		case c == '"' || c == '\\':
			b.WriteByte('\\')
			b.WriteByte(c)
		case isControl(rune(c)):
			fmt.Fprintf(&b, "%%%02X", c)
		default:
			b.WriteByte(c)
		}
	}
	return b.String()
}

func needsEscape(r rune) bool { return r == '"' || r == '\\' || isControl(r) }
func isControl(r rune) bool   { return r < ' ' || r == 0x7f }

func (c *multipartContent) ContentType() string {
	return "multipart/form-data; boundary=" + c.boundary
}

func (c *multipartContent) Size() int64 {
	total := int64(len(c.end))
	for _, p := range c.parts {
		n := p.content.Size()
		if n < 0 {
			return -1
		}
		total += int64(len(p.head)) + n
	}
	return total
}

func (c *multipartContent) reopens() bool {
	for _, p := range c.parts {
		if !opensAgain(p.content) {
			return false
		}
	}
	return true
}

func (c *multipartContent) Ready() bool {
	for _, p := range c.parts {
		if _, inMemory := bare(p.content).(inMemory); !inMemory && !isReady(bare(p.content)) {
			return false
		}
	}
	return true
}

func (c *multipartContent) Open() (io.ReadCloser, error) {
	return &multipartReader{parts: c.parts, end: c.end}, nil
}
