package tunnel

import (
	"context"
	"errors"
	"fmt"
	"net"
)

// SOCKS 5 on the wire (RFC 1928 and, for user and password, RFC 1929).
const (
	socksVersion     = 5
	socksAuthVersion = 1

	methodNone     = 0x00
	methodPassword = 0x02
	methodRefused  = 0xff

	commandConnect = 1

	addressIPv4 = 1
	addressName = 3
	addressIPv6 = 4

	maxSOCKSText = 255 // one byte says the length
)

// socks asks a SOCKS 5 proxy for a connection.
func (st *step) socks(ctx context.Context) error {
	request, err := st.socksRequest(ctx)
	if err != nil {
		return err
	}
	if err := st.checkSOCKSCredentials(); err != nil {
		return err
	}
	var t talk
	if err := t.begin(ctx, st.stream, st.options.Timeouts); err != nil {
		return st.talkFailed(&t, "answer", err)
	}
	err = st.greet(&t)
	if err == nil {
		err = st.request(&t, request)
	}
	if ended := t.end(); ended != nil && err == nil {
		err = st.talkFailed(&t, "reply", ended)
	}
	return err
}

// greet agrees on a method of authentication, and authenticates.
func (st *step) greet(t *talk) error {
	hello := []byte{socksVersion, 1, methodNone}
	if st.hop.HasCredentials {
		hello = []byte{socksVersion, 2, methodNone, methodPassword}
	}
	var reply [2]byte
	if err := t.ask(hello, reply[:]); err != nil {
		return st.talkFailed(t, "choice of a method", err)
	}
	switch method := reply[1]; {
	case reply[0] != socksVersion:
		return st.fail(ErrProtocol, versionError("choice of a method", reply[0], socksVersion))
	case method == methodNone:
		return nil
	case method == methodPassword && st.hop.HasCredentials:
		return st.authenticate(t)
	case method == methodRefused && st.hop.HasCredentials:
		return st.fail(ErrAuth, errors.New("the proxy takes neither user and password nor nobody"))
	case method == methodRefused:
		return st.fail(ErrAuth, errors.New("credentials are wanted, and there are none"))
	default:
		return st.fail(ErrProtocol, fmt.Errorf("the proxy chose method %#02x, which was not offered", method))
	}
}

// authenticate is RFC 1929.
func (st *step) authenticate(t *talk) error {
	hop := st.hop
	message := []byte{socksAuthVersion, byte(len(hop.User))}
	message = append(message, hop.User...)
	message = append(message, byte(len(hop.Password)))
	message = append(message, hop.Password...)
	var reply [2]byte
	if err := t.ask(message, reply[:]); err != nil {
		return st.talkFailed(t, "answer to the credentials", err)
	}
	switch {
	case reply[0] != socksAuthVersion:
		return st.fail(ErrProtocol, versionError("answer to the credentials", reply[0], socksAuthVersion))
	case reply[1] != 0:
		return st.fail(ErrAuth, errors.New("the credentials were refused"))
	}
	return nil
}

// checkSOCKSCredentials: RFC 1929 has a byte for each length, and no user of
// length 0.
func (st *step) checkSOCKSCredentials() error {
	hop := st.hop
	switch {
	case !hop.HasCredentials:
		return nil
	case hop.User == "":
		return st.fail(ErrRequest, errors.New("SOCKS credentials need a user"))
	case len(hop.User) > maxSOCKSText || len(hop.Password) > maxSOCKSText:
		return st.fail(ErrRequest, errors.New("user or password of more than 255 bytes"))
	}
	return nil
}

// request asks for the connection and reads the reply, to its last byte and no
// further: what follows is the target's.
func (st *step) request(t *talk, request []byte) error {
	const what = "reply"
	var buf [maxSOCKSText + 2]byte
	head := buf[:4]
	if err := t.ask(request, head); err != nil {
		return st.talkFailed(t, what, err)
	}
	code, kind := head[1], head[3]
	switch {
	case head[0] != socksVersion:
		return st.fail(ErrProtocol, versionError(what, head[0], socksVersion))
	case code != 0:
		return st.socksRefused(code)
	}

	// The address and port that the proxy connected from: nobody needs them.
	var rest int
	switch kind {
	case addressIPv4:
		rest = net.IPv4len + 2
	case addressIPv6:
		rest = net.IPv6len + 2
	case addressName:
		if err := t.read(buf[:1]); err != nil {
			return st.talkFailed(t, what, err)
		}
		rest = int(buf[0]) + 2
	default:
		return st.fail(ErrProtocol, fmt.Errorf("an address of unknown type %#02x in the reply", kind))
	}
	if err := t.read(buf[:rest]); err != nil {
		return st.talkFailed(t, what, err)
	}
	return nil
}

// socksRefused is a reply that says no.
func (st *step) socksRefused(code byte) *Error {
	e := st.fail(ErrRefused, nil)
	e.Status, e.Reason = int(code), replyWords(code)
	return e
}

// replyWords is RFC 1928 section 6.
func replyWords(code byte) string {
	words := [...]string{
		1: "general SOCKS server failure",
		2: "connection not allowed by ruleset",
		3: "network unreachable",
		4: "host unreachable",
		5: "connection refused",
		6: "TTL expired",
		7: "command not supported",
		8: "address type not supported",
	}
	if code > 0 && int(code) < len(words) {
		return words[code]
	}
	return "unassigned reply code"
}

// versionError says more than the number where somebody else answers.
func versionError(what string, got, want byte) error {
	hint := ""
	if got == 'H' {
		hint = ": is it an HTTP proxy?"
	}
	return fmt.Errorf("the %s begins with byte %#02x, not with version %d%s", what, got, want, hint)
}
