package h1

// What a byte may be part of.
const (
	inToken  = 1 << iota // RFC 9110 5.6.2: methods, field names
	inValue              // field values and reasons: HTAB, SP, VCHAR, obs-text (RFC 9110 5.5)
	inTarget             // a request target: VCHAR, and the raw UTF-8 that browsers and curl send too
)

var chars = func() (table [256]uint8) {
	for c := range table {
		switch {
		case c == '\t' || c == ' ':
			table[c] = inValue
		case c > ' ' && c != 0x7f:
			table[c] = inValue | inTarget
		}
	}
	const token = "!#$%&'*+-.^_`|~0123456789" +
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
	for _, c := range []byte(token) {
		table[c] |= inToken
	}
	return table
}()

// notHex marks a byte that is no hexadecimal digit.
const notHex = 0xff

var hexDigits = func() (table [256]uint8) {
	for c := range table {
		switch {
		case c >= '0' && c <= '9':
			table[c] = uint8(c - '0')
		case c >= 'a' && c <= 'f':
			table[c] = uint8(c - 'a' + 10)
		case c >= 'A' && c <= 'F':
			table[c] = uint8(c - 'A' + 10)
		default:
			table[c] = notHex
		}
	}
	return table
}()

const (
	ones  = 0x0101010101010101
	highs = 0x8080808080808080
)

// badInValue is the index of the first byte that may not stand in a field
// value, or -1. It looks at eight bytes at a time, the last eight overlapping
// those before, and at single ones only when it met a control byte, which may
// be an innocent HTAB.
func badInValue(s string) int {
	last := len(s) - 8
	if last < 0 {
		return firstWithout(s, inValue)
	}
	for i := 0; ; i = min(i+8, last) {
		b := s[i : i+8]
		// One load: the compiler joins these.
		w := uint64(b[0]) | uint64(b[1])<<8 | uint64(b[2])<<16 | uint64(b[3])<<24 |
			uint64(b[4])<<32 | uint64(b[5])<<40 | uint64(b[6])<<48 | uint64(b[7])<<56
		del := w ^ 0x7f*ones // a byte of it is below 1 where w's is DEL
		if ((w-' '*ones)&^w|(del-ones)&^del)&highs != 0 {
			return firstWithout(s, inValue)
		}
		if i == last {
			return -1
		}
	}
}

// firstWithout is the index of the first byte of s that is not of the class,
// or -1.
func firstWithout(s string, class uint8) int {
	for i := 0; i < len(s); i++ {
		if chars[s[i]]&class == 0 {
			return i
		}
	}
	return -1
}

func isBlank(c byte) bool { return c == ' ' || c == '\t' }

// trimBlanks takes the optional whitespace off both ends (OWS, RFC 9110 5.6.3).
func trimBlanks(s string) string {
	for len(s) > 0 && isBlank(s[0]) {
		s = s[1:]
	}
	return trimBlanksAfter(s)
}

func trimBlanksAfter(s string) string {
	for len(s) > 0 && isBlank(s[len(s)-1]) {
		s = s[:len(s)-1]
	}
	return s
}

// equalFold compares ASCII without case. (strings.EqualFold folds Unicode too:
// the Kelvin sign is no k on the wire.)
func equalFold(a, b string) bool {
	if len(a) != len(b) {
		return false
	}
	for i := 0; i < len(a); i++ {
		x, y := a[i], b[i]
		if x == y {
			continue
		}
		if x|0x20 != y|0x20 || x|0x20 < 'a' || x|0x20 > 'z' {
			return false
		}
	}
	return true
}

// HasToken reports whether a field's value, a comma-separated list, has the
// token, in any case (RFC 9110 5.6.1).
func HasToken(list, token string) bool {
	for list != "" {
		var item string
		item, list = nextItem(list)
		if equalFold(item, token) {
			return true
		}
	}
	return false
}

// nextItem cuts the first item off a comma-separated list.
func nextItem(list string) (item, rest string) {
	for i := 0; i < len(list); i++ {
		if list[i] == ',' {
			return trimBlanks(list[:i]), list[i+1:]
		}
	}
	return trimBlanks(list), ""
}
