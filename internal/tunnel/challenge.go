package tunnel

import (
	"fmt"
	"strings"
)

// A challenge is one of Proxy-Authenticate (RFC 9110 section 11.6.1), or the
// credentials of Proxy-Authorization, which have the same form.
type challenge struct {
	scheme  string
	token   string // token68, in place of params
	params  [][2]string
	repeats bool // a parameter stands twice: which one counts is anybody's guess
}

// is compares the scheme, without case.
func (c *challenge) is(scheme string) bool { return strings.EqualFold(c.scheme, scheme) }

// get gives the parameter of that name, in any case.
func (c *challenge) get(name string) (string, bool) {
	for _, p := range c.params {
		if strings.EqualFold(p[0], name) {
			return p[1], true
		}
	}
	return "", false
}

func (c *challenge) add(name, value string) {
	if _, has := c.get(name); has {
		c.repeats = true
	}
	c.params = append(c.params, [2]string{name, value})
}

// parseChallenges reads a list of challenges. The comma separates challenges
// and parameters alike; what begins a challenge is a name that no "=" follows.
// After an error, the challenges before the one with the fault are there.
func parseChallenges(value string) (list []challenge, err error) {
	p := challengeParser{in: value}
	var now *challenge
	done := func() {
		if now != nil {
			list = append(list, *now)
		}
	}
	for p.skipSeparators(); p.in != ""; p.skipSeparators() {
		name := p.token()
		if name == "" {
			return list, p.fault(value, "a name was expected")
		}
		if p.isParameter() {
			if now == nil || now.token != "" {
				return list, p.fault(value, "a parameter without a scheme")
			}
			text, ok := p.value()
			if !ok {
				return list, p.fault(value, "the value of a parameter is malformed")
			}
			now.add(name, text)
		} else {
			done()
			now = &challenge{scheme: name}
			if p.skipBlanks() {
				now.token = p.token68()
			}
			if now.token == "" && p.in != "" && p.in[0] != ',' {
				continue // its first parameter
			}
		}
		if p.skipBlanks(); p.in != "" && p.in[0] != ',' {
			return list, p.fault(value, "a comma was expected")
		}
	}
	done()
	return list, nil
}

// A challengeParser holds what is still to be read.
type challengeParser struct{ in string }

// fault does not quote the input: a nonce is no secret, but the same parser
// reads credentials.
func (p *challengeParser) fault(whole, what string) error {
	return fmt.Errorf("%s at byte %d", what, len(whole)-len(p.in))
}

// skipSeparators skips the commas between elements, and empty elements (RFC
// 9110 section 5.6.1.2).
func (p *challengeParser) skipSeparators() { p.in = strings.TrimLeft(p.in, " \t,") }

func (p *challengeParser) skipBlanks() (some bool) {
	rest := strings.TrimLeft(p.in, " \t")
	some = len(rest) < len(p.in)
	p.in = rest
	return some
}

func (p *challengeParser) take(n int) (taken string) {
	taken, p.in = p.in[:n], p.in[n:]
	return taken
}

func (p *challengeParser) token() string {
	n := 0
	for n < len(p.in) && isTokenByte(p.in[n]) {
		n++
	}
	return p.take(n)
}

// isParameter takes the "=" that follows the name of a parameter, with the
// whitespace around it that some send.
func (p *challengeParser) isParameter() bool {
	rest := strings.TrimLeft(p.in, " \t")
	if rest == "" || rest[0] != '=' {
		return false
	}
	p.in = strings.TrimLeft(rest[1:], " \t")
	return true
}

// token68 takes one where that is all of the challenge, up to a comma.
func (p *challengeParser) token68() string {
	n := 0
	for n < len(p.in) && (isAlphanumeric(p.in[n]) || strings.IndexByte("-._~+/", p.in[n]) >= 0) {
		n++
	}
	if n == 0 {
		return ""
	}
	end := n
	for end < len(p.in) && p.in[end] == '=' {
		end++
	}
	if rest := strings.TrimLeft(p.in[end:], " \t"); rest != "" && rest[0] != ',' {
		return ""
	}
	return p.take(end)
}

// value takes a token or a quoted string, and gives what it stands for.
func (p *challengeParser) value() (string, bool) {
	if p.in == "" || p.in[0] != '"' {
		text := p.token()
		return text, text != ""
	}
	var b strings.Builder
	for i := 1; i < len(p.in); i++ {
		switch c := p.in[i]; c {
		case '"':
			p.in = p.in[i+1:]
			return b.String(), true
		case '\\':
			if i++; i == len(p.in) {
				return "", false
			}
			b.WriteByte(p.in[i])
		default:
			b.WriteByte(c)
		}
	}
	return "", false
}

func isTokenByte(c byte) bool {
	return isAlphanumeric(c) || strings.IndexByte("!#$%&'*+-.^_`|~", c) >= 0
}

func isAlphanumeric(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}
