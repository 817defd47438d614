package tunnel

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/gohttpx/httpx/h1"
	"github.com/gohttpx/httpx/internal/exchange"
)

// maxAnswers is how many challenges of one hop are answered on a connection:
// one, and one more where the nonce was stale (RFC 7616 section 3.3).
const maxAnswers = 2

var errChallengedAnew = errors.New("every answer was challenged anew")

// connect asks an HTTP proxy for a tunnel (RFC 9110 section 9.3.6).
func (st *step) connect(ctx context.Context) error {
	x := exchange.New(st.stream, st.options.Limits)
	for answers := 0; ; answers++ {
		sent, _ := st.auth.Header("CONNECT", st.asked)
		head, err := x.Do(ctx, &exchange.Call{
			Method:   "CONNECT",
			Target:   st.asked,
			Host:     st.asked,
			Fields:   st.fields(sent),
			Timeouts: st.options.Timeouts,
		})
		if err != nil {
			return st.exchangeFailed(err)
		}
		if x.Switched() {
			return st.switched(x, head.Status)
		}

		refusal := st.readRefusal(x, head, sent)
		if head.Status != 407 {
			x.End()
			refusal.Kind = ErrRefused
			return refusal
		}
		again, why := st.auth.learn(head.Fields, sent)
		reason := x.End()
		switch {
		case again && answers == maxAnswers:
			why = errChallengedAnew
		case again && reason == exchange.Reusable:
			continue
		case again && refusal.redials == maxRedials:
			why = errChallengedAnew
		case again:
			why = fmt.Errorf("the challenge has to be answered on a new connection: %s", reason)
			refusal.again = true
		}
		refusal.Kind, refusal.Err = ErrAuth, why
		return refusal
	}
}

// switched ends a CONNECT that was granted.
func (st *step) switched(x *exchange.Conn, status int) error {
	if status/100 != 2 {
		return st.fail(ErrProtocol, fmt.Errorf("status %d to CONNECT, which asks for no other protocol", status))
	}
	if _, err := x.Switch(); err != nil {
		return st.exchangeFailed(err)
	}
	return nil
}

// fields are those of the hop. A Proxy-Authorization among them gives way to
// one that answers a challenge.
func (st *step) fields(authorization string) [][2]string {
	if authorization == "" {
		return st.hop.Headers
	}
	const name = "Proxy-Authorization"
	fields := make([][2]string, 0, len(st.hop.Headers)+1)
	for _, f := range st.hop.Headers {
		if !strings.EqualFold(f[0], name) {
			fields = append(fields, f)
		}
	}
	return append(fields, [2]string{name, authorization})
}

// exchangeFailed says what the error of an exchange means here.
func (st *step) exchangeFailed(err error) *Error {
	var f *exchange.Failure
	if !errors.As(err, &f) {
		return st.fail(ErrLost, err)
	}
	switch f.Guilt {
	case exchange.Context, exchange.Timeout:
		return st.timedOut("no answer", st.options.Connect, f.Err)
	case exchange.Protocol:
		if errors.Is(f.Err, io.ErrUnexpectedEOF) {
			return st.fail(ErrLost, f.Err)
		}
		return st.fail(ErrProtocol, f.Err)
	case exchange.Caller, exchange.Content:
		return st.fail(ErrRequest, f.Err)
	}
	return st.fail(ErrLost, f.Err)
}

// readRefusal reads what an HTTP proxy said instead of a 2xx.
func (st *step) readRefusal(x *exchange.Conn, head *h1.ResponseHead, sent string) *Error {
	e := st.fault
	secrets := st.auth.secrets(sent)
	e.Status = head.Status
	e.Reason = excerpt(head.Reason, secrets)
	e.Body = readExcerpt(x, head, secrets)
	return &e
}
