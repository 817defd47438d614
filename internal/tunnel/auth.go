package tunnel

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"
)

// An Authenticator answers the challenges of one proxy (RFC 9110 section 11.7)
// with the credentials that were given for it, and with nothing where there are
// none. Basic is sent before anybody asked for it, as curl and net/http do;
// Digest once the proxy has asked for it.
//
// Its methods may be called by several goroutines at once.
type Authenticator struct {
	user, password string
	has            bool
	basic          string // the value of Basic; empty where it cannot be said

	newCnonce func() string

	mu     sync.Mutex // guards what follows
	digest *digest    // the last challenge for Digest; nil: Basic
	count  uint32     // how often its nonce was used
}

func newAuthenticator(user, password string, has bool) *Authenticator {
	a := &Authenticator{user: user, password: password, has: has, newCnonce: newCnonce}
	if has && canBasic(user, password) {
		a.basic = "Basic " + base64.StdEncoding.EncodeToString([]byte(user+":"+password))
	}
	return a
}

// canBasic: RFC 7617 section 2 knows no colon in a user, nor control
// characters.
func canBasic(user, password string) bool {
	return !strings.Contains(user, ":") && strings.IndexFunc(user+password, isControl) < 0
}

func isControl(r rune) bool { return r < ' ' || r == 0x7f }

func newCnonce() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails
	return hex.EncodeToString(b[:])
}

// Header is the Proxy-Authorization to send with a request, where there is one
// to send. The target is as it stands in the request line.
func (a *Authenticator) Header(method, target string) (value string, ok bool) {
	if !a.has {
		return "", false
	}
	a.mu.Lock()
	d := a.digest
	if d == nil {
		a.mu.Unlock()
		return a.basic, a.basic != ""
	}
	a.count++
	count := a.count
	a.mu.Unlock()
	return d.answer(a.user, a.password, method, target, count), true
}

// Challenge learns from the fields of a 407 to a request that carried sent,
// which is empty where it carried no Proxy-Authorization. It reports whether
// the request is worth one more try. A request is tried twice more at most: a
// proxy that finds every nonce stale would be answered for ever.
func (a *Authenticator) Challenge(fields [][2]string, sent string) (again bool) {
	again, _ = a.learn(fields, sent)
	return again
}

// learn is Challenge, with the reason where the answer is no.
func (a *Authenticator) learn(fields [][2]string, sent string) (again bool, why error) {
	var asked []challenge
	var malformed error
	for _, f := range fields {
		if strings.EqualFold(f[0], "Proxy-Authenticate") {
			some, err := parseChallenges(f[1])
			asked = append(asked, some...)
			if err != nil && malformed == nil {
				malformed = fmt.Errorf("field \"Proxy-Authenticate\": %w", err)
			}
		}
	}
	best, ok := a.strongest(asked)
	switch {
	case len(asked) == 0 && malformed != nil:
		return false, malformed
	case len(asked) == 0:
		return false, errors.New("no Proxy-Authenticate says what is wanted")
	case !a.has:
		return false, fmt.Errorf("%s is wanted, and there are no credentials", schemes(asked))
	case !ok:
		return false, fmt.Errorf("%s is wanted; what can be answered is Digest, and Basic for a user without colon", schemes(asked))
	}
	a.keep(best)
	if !isWorthAnswering(best, sent) {
		return false, errors.New("the credentials were refused")
	}
	return true, nil
}

// keep has best answered from now on; nil stands for Basic.
func (a *Authenticator) keep(best *digest) {
	if best != nil {
		best.cnonce = a.newCnonce()
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.digest, a.count = best, 0
}

// isWorthAnswering reports whether a challenge says more than that sent was
// wrong: there was none yet; it was Basic, and Digest is wanted; its nonce is
// stale, or was used before, so that it may be what was refused.
func isWorthAnswering(best *digest, sent string) bool {
	credentials, _ := parseChallenges(sent)
	if len(credentials) == 0 {
		return true
	}
	switch {
	case credentials[0].is("Basic"):
		return best != nil
	case credentials[0].is("Digest"):
		count, _ := credentials[0].get("nc")
		n, err := strconv.ParseUint(count, 16, 32)
		return best != nil && best.stale || err == nil && n > 1
	}
	return true
}

// strongest chooses among challenges: the best hash of Digest, then Basic. Of
// equals it is the first, which the proxy prefers (RFC 7616 section 3.7).
func (a *Authenticator) strongest(asked []challenge) (best *digest, ok bool) {
	for _, c := range asked {
		switch {
		case c.is("Digest"):
			if d := newDigest(c); d != nil && (best == nil || d.strength() > best.strength()) {
				best, ok = d, true
			}
		case c.is("Basic") && best == nil:
			ok = ok || a.basic != ""
		}
	}
	return best, ok
}

// schemes lists what a proxy asked for.
func schemes(asked []challenge) string {
	names := make([]string, len(asked))
	for i, c := range asked {
		names[i] = c.scheme
	}
	return excerpt(strings.Join(names, ", "), nil)
}

// secrets is what must not be found in what the proxy said.
func (a *Authenticator) secrets(sent string) (list []string) {
	if a.password != "" {
		list = append(list, a.password)
	}
	if _, token, ok := strings.Cut(sent, " "); ok {
		list = append(list, token)
	}
	return list
}
