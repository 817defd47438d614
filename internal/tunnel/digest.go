package tunnel

import (
	"crypto/md5"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"fmt"
	"strings"
)

// A digest is a challenge of the scheme Digest (RFC 7616) that can be answered.
// It is not changed once it is kept.
type digest struct {
	algorithm   string // as the challenge wrote it; empty where it said none
	hash        func(string) string
	rank        int
	session     bool // -sess
	realm       string
	nonce       string
	opaque      string
	hasOpaque   bool
	qop         bool // auth; without, the answer is that of RFC 2069
	stale       bool
	hashesUsers bool

	// cnonce stays the same for all answers with this nonce: the key of a
	// session is made of the first one (RFC 7616 section 3.4.2).
	cnonce string
}

// newDigest is nil where the challenge cannot be answered: an unknown
// algorithm, no quality but auth-int, something missing.
func newDigest(c challenge) *digest {
	d := &digest{}
	var hasRealm, hasNonce bool
	d.realm, hasRealm = c.get("realm")
	d.nonce, hasNonce = c.get("nonce")
	d.opaque, d.hasOpaque = c.get("opaque")
	if !hasRealm || !hasNonce || c.repeats {
		return nil
	}
	d.algorithm, _ = c.get("algorithm")
	name := strings.ToLower(d.algorithm)
	name, d.session = strings.CutSuffix(name, "-sess")
	switch name {
	case "", "md5":
		d.hash, d.rank = hashMD5, 1
	case "sha-256":
		d.hash, d.rank = hashSHA256, 2
	case "sha-512-256":
		d.hash, d.rank = hashSHA512256, 2
	default:
		return nil
	}
	if qop, has := c.get("qop"); has {
		if d.qop = hasItem(qop, "auth"); !d.qop {
			return nil
		}
	}
	stale, _ := c.get("stale")
	d.stale = strings.EqualFold(stale, "true")
	userhash, _ := c.get("userhash")
	d.hashesUsers = strings.EqualFold(userhash, "true")
	return d
}

// strength orders challenges: the hash counts, then whether our nonce is part
// of the answer.
func (d *digest) strength() int {
	if d.qop {
		return 2*d.rank + 1
	}
	return 2 * d.rank
}

// answer is the value of Proxy-Authorization (RFC 7616 section 3.4), the
// count-th with this nonce.
func (d *digest) answer(user, password, method, target string, count uint32) string {
	var b strings.Builder
	b.WriteString("Digest ")
	d.writeUser(&b, user)
	writeQuoted(&b, ", realm=", d.realm)
	writeQuoted(&b, ", uri=", target)
	if d.algorithm != "" {
		b.WriteString(", algorithm=" + d.algorithm)
	}
	writeQuoted(&b, ", nonce=", d.nonce)
	nc := fmt.Sprintf("%08x", count)
	if d.qop {
		b.WriteString(", nc=" + nc)
		writeQuoted(&b, ", cnonce=", d.cnonce)
		b.WriteString(", qop=auth")
	} else if d.session {
		writeQuoted(&b, ", cnonce=", d.cnonce)
	}
	writeQuoted(&b, ", response=", d.response(user, password, method, target, nc))
	if d.hasOpaque {
		writeQuoted(&b, ", opaque=", d.opaque)
	}
	return b.String()
}

// response is RFC 7616 section 3.4.1.
func (d *digest) response(user, password, method, target, nc string) string {
	key := d.hash(user + ":" + d.realm + ":" + password)
	if d.session {
		key = d.hash(key + ":" + d.nonce + ":" + d.cnonce)
	}
	request := d.hash(method + ":" + target)
	if !d.qop {
		return d.hash(key + ":" + d.nonce + ":" + request)
	}
	return d.hash(key + ":" + d.nonce + ":" + nc + ":" + d.cnonce + ":auth:" + request)
}

// writeUser writes the user: hashed where the proxy wants that (RFC 7616
// section 3.4.4), in the form of RFC 8187 where a quoted string cannot hold it.
func (d *digest) writeUser(b *strings.Builder, user string) {
	switch {
	case d.hashesUsers:
		writeQuoted(b, "username=", d.hash(user+":"+d.realm))
		b.WriteString(", userhash=true")
	case isPrintable(user):
		writeQuoted(b, "username=", user)
	default:
		b.WriteString("username*=UTF-8''")
		writeExtended(b, user)
	}
}

func isPrintable(s string) bool {
	for i := range len(s) {
		if s[i] < ' ' || s[i] > '~' {
			return false
		}
	}
	return true
}

// writeExtended writes an ext-value (RFC 8187 section 3.2.1).
func writeExtended(b *strings.Builder, s string) {
	for i := range len(s) {
		if c := s[i]; isAlphanumeric(c) || strings.IndexByte("!#$&+-.^_`|~", c) >= 0 {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(b, "%%%02X", c)
		}
	}
}

func writeQuoted(b *strings.Builder, name, value string) {
	b.WriteString(name)
	b.WriteByte('"')
	for i := range len(value) {
		if c := value[i]; c == '"' || c == '\\' {
			b.WriteByte('\\')
		}
		b.WriteByte(value[i])
	}
	b.WriteByte('"')
}

func hashMD5(s string) string {
	sum := md5.Sum([]byte(s))
	return hex.EncodeToString(sum[:])
}

func hashSHA256(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:])
}

func hashSHA512256(s string) string {
	sum := sha512.Sum512_256([]byte(s))
	return hex.EncodeToString(sum[:])
}

// hasItem looks for a token in a comma list, without case.
func hasItem(list, want string) bool {
	for item := range strings.SplitSeq(list, ",") {
		if strings.EqualFold(strings.Trim(item, " \t"), want) {
			return true
		}
	}
	return false
}
