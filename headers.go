package httpx

import (
	"encoding/json"
	"fmt"
	"iter"
	"slices"
	"strings"

	"github.com/gohttpx/httpx/internal/redact"
)

// Headers is an ordered list of header fields. Names keep the case in which
// they were given and are looked up without regard to it (RFC 9110 section
// 5.1). The zero value is empty and ready.
//
// As a [RequestOption] it replaces each name that it mentions, whatever an option
// before it set. A name that it mentions twice is sent twice. An empty value
// removes a default of that name, see [DefaultHeaders]; where there is no such
// default, the field is sent with an empty value.
//
// What fmt and encoding/json make of Headers shows no credential: the value of a
// field whose name says that it is one (Authorization, Cookie, X-Api-Key and their
// like) is "[redacted]". Reading from several goroutines at once is safe, changing
// is not.
type Headers [][2]string

// Get returns the first value of the field name, or "".
func (h Headers) Get(name string) string {
	for i := range h {
		if sameName(h[i][0], name) {
			return h[i][1]
		}
	}
	return ""
}

// Has reports whether there is a field of that name, with any value.
func (h Headers) Has(name string) bool {
	return slices.ContainsFunc(h, func(f [2]string) bool { return sameName(f[0], name) })
}

// Values returns the values of every field of that name, in order.
func (h Headers) Values(name string) []string {
	var values []string
	for _, f := range h {
		if sameName(f[0], name) {
			values = append(values, f[1])
		}
	}
	return values
}

// All yields each field's name and value, in order.
func (h Headers) All() iter.Seq2[string, string] {
	return func(yield func(name, value string) bool) {
		for _, f := range h {
			if !yield(f[0], f[1]) {
				return
			}
		}
	}
}

// Clone returns a copy that shares nothing with h; nil stays nil.
func (h Headers) Clone() Headers { return slices.Clone(h) }

// Set gives the field name one value: the first field of that name is
// replaced where it stands, further ones are removed, a new one is added.
func (h *Headers) Set(name, value string) {
	at := slices.IndexFunc(*h, func(f [2]string) bool { return sameName(f[0], name) })
	if at < 0 {
		h.Add(name, value)
		return
	}
	(*h)[at] = [2]string{name, value}
	rest := slices.DeleteFunc((*h)[at+1:], func(f [2]string) bool { return sameName(f[0], name) })
	*h = (*h)[:at+1+len(rest)]
}

// Add appends a field, beside any of the same name.
func (h *Headers) Add(name, value string) { *h = append(*h, [2]string{name, value}) }

// Del removes every field of that name.
func (h *Headers) Del(name string) {
	*h = slices.DeleteFunc(*h, func(f [2]string) bool { return sameName(f[0], name) })
}

// replace sets each name that other mentions to the values that it gives.
func (h *Headers) replace(other Headers) {
	for _, f := range other {
		h.Del(f[0])
	}
	*h = append(*h, other...)
}

func (h Headers) applyTo(r *Request) error {
	r.Headers.replace(h)
	return nil
}

// sameName compares two field names without regard to case. Names that are
// written alike, the common case, cost one comparison.
func sameName(a, b string) bool {
	return a == b || len(a) == len(b) && strings.EqualFold(a, b)
}

// String lists the fields a line each, credentials redacted.
func (h Headers) String() string {
	var b strings.Builder
	for _, f := range h {
		b.WriteString(f[0])
		b.WriteString(": ")
		b.WriteString(redact.Field(f[0], f[1]))
		b.WriteByte('\n')
	}
	return b.String()
}

// GoString is String for the verb %#v: credentials redacted too.
func (h Headers) GoString() string { return fmt.Sprintf("httpx.Headers%q", redact.Fields(h)) }

// MarshalJSON gives a list of pairs, credentials redacted.
func (h Headers) MarshalJSON() ([]byte, error) { return json.Marshal(redact.Fields(h)) }
