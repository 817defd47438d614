package h1

import (
	"bytes"
	"time"
)

// RequestHead is a request's start line and fields.
//
// One RequestHead can be read into again and again: it keeps the room of its
// Fields, and a head whose bytes are the same as the last one's costs a
// comparison and no allocation. The strings it gave out never change; the
// slice Fields holds until the next Parse, ReadRequest or Reset.
//
// Its methods speak of what was parsed last, except Get, Has and HasToken,
// which look at Fields. One goroutine at a time.
type RequestHead struct {
	Method  string
	Target  string
	Version Version
	Fields  [][2]string // in order, names as they came, values without the whitespace around them

	parsed struct {
		method, target string
		version        Version
	}
	head
}

// ResponseHead is a response's start line and fields. It is reused as a
// [RequestHead] is.
type ResponseHead struct {
	Status  int    // 100 to 999
	Reason  string // as the peer sent it, often empty
	Version Version
	Fields  [][2]string // in order, names as they came, values without the whitespace around them

	parsed struct {
		status  int
		reason  string
		version Version
	}
	head
}

// head is what both kinds remember of the last block that was parsed. The
// public fields are copies, so that an owner who changed them gets them whole
// again when the peer repeats itself.
type head struct {
	block  string
	fields [][2]string
	facts  facts
}

// isRepeat reports whether buf begins with the very head that is remembered.
// Then its end is there too: a head's end depends on no byte behind it.
func (h *head) isRepeat(buf []byte, limits *Limits) bool {
	n := len(h.block)
	return n > 0 && n <= len(buf) && string(buf[:n]) == h.block &&
		n <= limits.headerBytes() && len(h.fields) <= limits.fields()
}

// begin makes the one string of which all others are parts.
func (h *head) begin(block []byte, limits *Limits) error {
	if most := limits.headerBytes(); len(block) > most {
		return tooLarge("head", most, "bytes", 431)
	}
	h.block = string(block)
	h.facts = facts{}
	return nil
}

// parseFields reads the block's fields in the room of the last ones.
func (h *head) parseFields(i int, limits *Limits, folded bool) (err error) {
	p := fieldParser{block: h.block, what: "field", max: limits.fields(), folded: folded}
	before := len(h.fields)
	h.fields, err = p.parse(h.fields[:0], i, &h.facts)
	if before > len(h.fields) {
		clear(h.fields[len(h.fields):before]) // they would hold the last block
	}
	return err
}

func (h *head) forget() {
	clear(h.fields[:cap(h.fields)])
	h.fields = h.fields[:0]
	h.block = ""
	h.facts = facts{}
}

// replace makes public a copy of own, in public's own room where that is
// enough, and clears what stood behind it.
func replace(public, own [][2]string) [][2]string {
	if len(public) > len(own) {
		clear(public[len(own):])
	}
	return append(public[:0], own...)
}

// HeadEnd finds the end of the head that buf begins with: the index just past
// its blank line, or 0 while more bytes are needed. from is the length of buf
// at the last look (0 at first), so that looking again after every byte still
// costs linear time.
//
// It ends at whichever blank line comes first, of LF alone or of CR LF, so
// that a peer which ends its lines in LF gets an answer at once: Parse refuses
// such a head, see there.
func HeadEnd(buf []byte, from int) int {
	i := min(max(from-2, 0), len(buf)) // "\n\r" may have been the last bytes
	for {
		lf := bytes.IndexByte(buf[i:], '\n')
		if lf < 0 {
			return 0
		}
		i += lf + 1
		switch {
		case i < len(buf) && buf[i] == '\n':
			return i + 1
		case i+1 < len(buf) && buf[i] == '\r' && buf[i+1] == '\n':
			return i + 2
		}
	}
}

// Get gives the value of the first field of that name.
func (h *RequestHead) Get(name string) (string, bool) { return get(h.Fields, name) }

// Has reports whether there is a field of that name.
func (h *RequestHead) Has(name string) bool { return has(h.Fields, name) }

// HasToken reports whether a field of that name has the token in its
// comma-separated list, without case.
func (h *RequestHead) HasToken(name, token string) bool {
	return fieldsHaveToken(h.Fields, name, token)
}

// Get gives the value of the first field of that name.
func (h *ResponseHead) Get(name string) (string, bool) { return get(h.Fields, name) }

// Has reports whether there is a field of that name.
func (h *ResponseHead) Has(name string) bool { return has(h.Fields, name) }

// HasToken reports whether a field of that name has the token in its
// comma-separated list, without case.
func (h *ResponseHead) HasToken(name, token string) bool {
	return fieldsHaveToken(h.Fields, name, token)
}

// KeepAlive reports whether the client wants the connection to serve on (RFC
// 9112 9.3): HTTP/1.1 without Connection: close, or HTTP/1.0 with keep-alive.
func (h *RequestHead) KeepAlive() bool { return h.facts.keepsAlive(h.parsed.version) }

// KeepAlive reports whether the server lets the connection serve on (RFC 9112
// 9.3): HTTP/1.1 without Connection: close, or HTTP/1.0 with keep-alive.
//
// A 204 that announces a body is no offer to go on: a server that makes that
// mistake may well send the body, and it would be read as the next response.
func (h *ResponseHead) KeepAlive() bool {
	if h.parsed.status == 204 && (h.facts.has(hasCoding) || h.facts.length > 0) {
		return false
	}
	return h.facts.keepsAlive(h.parsed.version)
}

// IsUpgrade reports whether the client asks for another protocol: an Upgrade
// field, and Connection names it (RFC 9110 7.8).
func (h *RequestHead) IsUpgrade() bool { return h.facts.has(hasUpgrade) && h.facts.has(saysUpgrade) }

// IsUpgrade reports whether the response has an Upgrade field that Connection
// names (RFC 9110 7.8). With status 101 it switches, with 426 it demands.
func (h *ResponseHead) IsUpgrade() bool { return h.facts.has(hasUpgrade) && h.facts.has(saysUpgrade) }

// KeepAliveTimeout is how long the server says it keeps an idle connection:
// Keep-Alive: timeout=5, in seconds. It reports false without such a field.
func (h *ResponseHead) KeepAliveTimeout() (time.Duration, bool) {
	if !h.facts.has(hasKeepAliveField) {
		return 0, false
	}
	const key, most = "timeout=", 1 << 30 // seconds; beyond is as good as for ever
	for _, field := range h.Fields {
		if !equalFold(field[0], "Keep-Alive") {
			continue
		}
		for list := field[1]; list != ""; {
			var item string
			item, list = nextItem(list)
			if len(item) <= len(key) || !equalFold(item[:len(key)], key) {
				continue
			}
			if n, problem := parseLength(item[len(key):]); problem == "" {
				return time.Duration(min(n, most)) * time.Second, true
			}
		}
	}
	return 0, false
}

func get(fields [][2]string, name string) (string, bool) {
	for i := range fields {
		if equalFold(fields[i][0], name) {
			return fields[i][1], true
		}
	}
	return "", false
}

func has(fields [][2]string, name string) bool {
	_, found := get(fields, name)
	return found
}

func fieldsHaveToken(fields [][2]string, name, token string) bool {
	for i := range fields {
		if equalFold(fields[i][0], name) && HasToken(fields[i][1], token) {
			return true
		}
	}
	return false
}
