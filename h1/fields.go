package h1

import (
	"io"
	"strings"
)

// fieldParser reads the field lines of a head or of a trailer section.
type fieldParser struct {
	block  string // the whole block, through its blank line
	what   string // "field" or "trailer", for errors
	max    int    // of field lines
	folded bool   // a folded line is joined, not refused
}

// roomAtOnce is how many fields get their room before they are looked at.
const roomAtOnce = 64

// parse appends the fields that begin at i to dst, and notes them in f where
// that is not nil. It wants the blank line to be the end of the block.
//
// A line ends with CR LF. RFC 9112 2.2 would let us take a lone LF too, but a
// recipient before us that does not sees one line where we would see two, so
// that LF could smuggle a field past it: refused, here and everywhere.
func (p *fieldParser) parse(dst [][2]string, i int, f *facts) ([][2]string, error) {
	s, most := p.block, p.max
	if cap(dst) == 0 {
		lines := strings.Count(s[i:], "\n") - 1 // the last one is blank
		dst = make([][2]string, 0, max(0, min(lines, most, roomAtOnce)))
	}
	for n := 1; ; n++ {
		start := i
		for i < len(s) && chars[s[i]]&inToken != 0 {
			i++
		}
		if i == start || i == len(s) || s[i] != ':' {
			if strings.HasPrefix(s[start:], "\r\n") {
				return dst, p.checkEnd(start + 2)
			}
			return dst, p.badName(n, start, i)
		}
		name := s[start:i]
		if n > most {
			return dst, tooLarge(p.what+"s", p.max, p.what+" lines", 431)
		}
		for i++; i < len(s) && isBlank(s[i]); i++ {
		}
		lf := strings.IndexByte(s[i:], '\n')
		if lf < 0 {
			return dst, truncated(fieldPlace(p.what, n, name))
		}
		if lf == 0 || s[i+lf-1] != '\r' {
			return dst, &Error{Where: fieldPlace(p.what, n, name), What: "ends in LF without CR"}
		}
		value := trimBlanksAfter(s[i : i+lf-1])
		i += lf + 1
		if bad := badInValue(value); bad >= 0 {
			return dst, badByte(fieldPlace(p.what, n, name), value[bad], bad)
		}
		if i < len(s) && isBlank(s[i]) {
			var err error
			if value, i, err = p.unfold(n, name, value, i); err != nil {
				return dst, err
			}
		}
		if f != nil {
			if problem := f.note(name, value); problem != "" {
				return dst, &Error{Where: fieldPlace(p.what, n, name), What: problem, Excerpt: excerpt(value)}
			}
		}
		dst = append(dst, [2]string{name, value})
	}
}

func (p *fieldParser) checkEnd(end int) error {
	if end != len(p.block) {
		return &Error{Where: p.what + "s", What: "go on after the blank line"}
	}
	return nil
}

// badName says why what is at [start, i] is no field name. It quotes no byte
// behind the name: there could be a value.
func (p *fieldParser) badName(n, start, i int) error {
	where := fieldPlace(p.what, n, p.block[start:i])
	if i == len(p.block) {
		return truncated(where)
	}
	switch c := p.block[i]; {
	case isBlank(c) && i == start:
		// RFC 9112 2.2: some recipients would skip this line, others join it.
		return &Error{Where: where, What: "whitespace before the first field"}
	case isBlank(c):
		// RFC 9112 5.1: some would read another name than we do.
		return &Error{Where: where, What: "whitespace in or behind the field name"}
	case c == ':':
		return &Error{Where: where, What: "the field name is empty"}
	case c == '\r' || c == '\n':
		return &Error{Where: where, What: "a line without a colon, or with a lone CR or LF"}
	default:
		return badByte(where+" name", c, i-start)
	}
}

// unfold joins the folded lines at i to value, by one space (obs-fold, RFC
// 9112 5.2).
//
// Not those of a field that frames the message, where a recipient that reads
// line by line would see another length; and not a line of whitespace alone,
// which some take for the blank line.
func (p *fieldParser) unfold(n int, name, value string, i int) (string, int, error) {
	where := fieldPlace(p.what, n, name)
	if !p.folded {
		return "", 0, &Error{Where: where, What: "is folded over several lines"}
	}
	if equalFold(name, "Content-Length") || equalFold(name, "Transfer-Encoding") {
		return "", 0, &Error{Where: where, What: "is folded over several lines, and frames the message"}
	}
	var joined strings.Builder
	joined.WriteString(value)
	for i < len(p.block) && isBlank(p.block[i]) {
		lf := strings.IndexByte(p.block[i:], '\n')
		if lf < 0 {
			return "", 0, truncated(where)
		}
		if p.block[i+lf-1] != '\r' {
			return "", 0, &Error{Where: where, What: "ends in LF without CR"}
		}
		more := trimBlanks(p.block[i : i+lf-1])
		if more == "" {
			return "", 0, &Error{Where: where, What: "is folded onto a line of whitespace"}
		}
		if bad := badInValue(more); bad >= 0 {
			return "", 0, badByte(where, more[bad], joined.Len()+1+bad)
		}
		if joined.Len() > 0 {
			joined.WriteByte(' ')
		}
		joined.WriteString(more)
		i += lf + 1
	}
	return joined.String(), i, nil
}

// errNoBlankLine is for a block handed to Parse that is no complete head.
func errNoBlankLine(where string) error {
	return &Error{Where: where, What: "has no end", cause: io.ErrUnexpectedEOF}
}
