package h1

import "strings"

// Parse reads a complete head, through its blank line: see [HeadEnd]. A head
// that could be read in two ways is refused; the error is an [*Error], and the
// head is then empty. Parse keeps no reference to block.
//
//   - Lines end in CR LF, never in a lone LF; no other CR stands anywhere.
//   - Names are tokens, with no whitespace around them; values hold no control
//     byte but HTAB. Bytes 0x80 to 0xff are taken as they are.
//   - A folded line is joined by one space (RFC 9112 5.2), but not that of a
//     Content-Length or Transfer-Encoding.
//   - Content-Length is digits; a list of one and the same number is that
//     number (RFC 9110 8.6).
//   - The status has three digits, from 100. Those from 600 on are no HTTP
//     statuses, but RFC 9110 15 wants them treated as 5xx, and some servers use
//     them. Below 100 nobody could say whether a final response follows.
//   - The space behind the status may be missing along with the reason, as many
//     servers leave it out; no other whitespace is forgiven.
//
// Contradictions about the body are left to Framing, since some responses have
// no body whatever they say.
func (h *ResponseHead) Parse(block []byte, limits Limits) error {
	return h.parse(block, &limits)
}

func (h *ResponseHead) parse(block []byte, limits *Limits) error {
	if len(block) == len(h.block) && h.isRepeat(block, limits) {
		h.publish()
		return nil
	}
	err := h.begin(block, limits)
	if err == nil {
		err = h.parseBlock(limits)
	}
	if err != nil {
		h.Reset()
		return err
	}
	h.publish()
	return nil
}

func (h *ResponseHead) parseBlock(limits *Limits) error {
	i, err := h.parseStatusLine(h.block)
	if err != nil {
		return err
	}
	return h.parseFields(i, limits, true)
}

// parseStatusLine reads up to the first field line.
func (h *ResponseHead) parseStatusLine(s string) (next int, err error) {
	const where = "status line"
	lf := strings.IndexByte(s, '\n')
	if lf < 0 {
		return 0, errNoBlankLine(where)
	}
	version, err := parseVersion(s, where)
	if err != nil {
		return 0, err
	}
	if lf == 0 || s[lf-1] != '\r' {
		return 0, &Error{Where: where, What: "ends in LF without CR", Excerpt: firstLine(s)}
	}
	line := s[versionLength : lf-1] // SP 3DIGIT [ SP reason ]
	if len(line) < 4 || line[0] != ' ' || !isStatus(line[1:4]) || len(line) > 4 && line[4] != ' ' {
		return 0, &Error{Where: where, What: "has no status from 100 to 999", Excerpt: firstLine(s)}
	}
	h.parsed.version = version
	h.parsed.status = int(line[1]-'0')*100 + int(line[2]-'0')*10 + int(line[3]-'0')
	h.parsed.reason = ""
	if len(line) > 5 {
		h.parsed.reason = line[5:]
		if bad := badInValue(h.parsed.reason); bad >= 0 {
			return 0, badByte("reason", h.parsed.reason[bad], bad)
		}
	}
	return lf + 1, nil
}

// isStatus reads three digits, the first not 0.
func isStatus(s string) bool {
	return s[0]-'1' < 9 && s[1]-'0' < 10 && s[2]-'0' < 10
}

func (h *ResponseHead) publish() {
	h.Status = h.parsed.status
	h.Reason = h.parsed.reason
	h.Version = h.parsed.version
	h.Fields = replace(h.Fields, h.fields)
}

// Reset makes the head empty and lets go of the remembered block. The room of
// its Fields stays.
func (h *ResponseHead) Reset() {
	h.forget()
	h.parsed.status, h.parsed.reason, h.parsed.version = 0, "", Version{}
	h.publish()
}

// Parse reads a complete head, through its blank line: see [HeadEnd]. It is as
// strict as [ResponseHead.Parse], and beyond it refuses a folded line (RFC 9112
// 5.2), an HTTP/1.1 request without a Host, and any with two (RFC 9112 3.2).
func (h *RequestHead) Parse(block []byte, limits Limits) error {
	return h.parse(block, &limits)
}

func (h *RequestHead) parse(block []byte, limits *Limits) error {
	if len(block) == len(h.block) && h.isRepeat(block, limits) {
		h.publish()
		return nil
	}
	err := h.begin(block, limits)
	if err == nil {
		err = h.parseBlock(limits)
	}
	if err != nil {
		h.Reset()
		return err
	}
	h.publish()
	return nil
}

func (h *RequestHead) parseBlock(limits *Limits) error {
	i, err := h.parseRequestLine(h.block)
	if err != nil {
		return err
	}
	if err := h.parseFields(i, limits, false); err != nil {
		return err
	}
	switch {
	case h.facts.has(hasManyHosts):
		return &Error{Where: `field "Host"`, What: "is there more than once"}
	case !h.facts.has(hasHost) && h.parsed.version.AtLeast(1, 1):
		return &Error{Where: `field "Host"`, What: "is missing"}
	}
	return nil
}

// parseRequestLine reads up to the first field line. It quotes the method
// alone: a target may carry a secret.
func (h *RequestHead) parseRequestLine(s string) (next int, err error) {
	const where = "request line"
	lf := strings.IndexByte(s, '\n')
	if lf < 0 {
		return 0, errNoBlankLine(where)
	}
	space := strings.IndexByte(s[:lf], ' ')
	if space <= 0 || firstWithout(s[:space], inToken) >= 0 {
		return 0, &Error{Where: where, What: "does not begin with a method"}
	}
	method, rest := s[:space], s[space+1:lf]
	if len(rest) == 0 || rest[len(rest)-1] != '\r' {
		return 0, &Error{Where: where, What: "ends in LF without CR", Excerpt: excerpt(method)}
	}
	rest = rest[:len(rest)-1]
	space = strings.IndexByte(rest, ' ')
	if space < 0 {
		// HTTP/0.9 had such lines; nobody has spoken it for decades.
		return 0, &Error{Where: where, What: "has no HTTP version", Excerpt: excerpt(method)}
	}
	target, protocol := rest[:space], rest[space+1:]
	if target == "" {
		return 0, &Error{Where: where, What: "has no target", Excerpt: excerpt(method)}
	}
	if bad := firstWithout(target, inTarget); bad >= 0 {
		return 0, badByte("request target", target[bad], bad)
	}
	if len(protocol) != versionLength {
		return 0, &Error{Where: where, What: "does not end in an HTTP version", Excerpt: excerpt(method)}
	}
	if h.parsed.version, err = parseVersion(protocol, where); err != nil {
		return 0, err
	}
	h.parsed.method, h.parsed.target = method, target
	return lf + 1, nil
}

func (h *RequestHead) publish() {
	h.Method = h.parsed.method
	h.Target = h.parsed.target
	h.Version = h.parsed.version
	h.Fields = replace(h.Fields, h.fields)
}

// Reset makes the head empty and lets go of the remembered block. The room of
// its Fields stays.
func (h *RequestHead) Reset() {
	h.forget()
	h.parsed.method, h.parsed.target, h.parsed.version = "", "", Version{}
	h.publish()
}
