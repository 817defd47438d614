package tunnel

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"time"

	"github.com/gohttpx/httpx/network"
)

// A step is one hop of one walk.
type step struct {
	ctx     context.Context
	stream  *network.Stream
	hop     *Hop
	auth    *Authenticator
	options *Options
	asked   string // host:port of the next hop or the target; empty: nothing is asked
	fault   Error  // what every error of the step says
}

// take goes through the hop.
func (st *step) take() error {
	if st.hop.Kind == HTTPS {
		if err := st.startTLS(); err != nil {
			return err
		}
	}
	switch {
	case st.asked == "" && st.hop.Kind.isSOCKS():
		return st.fail(ErrRequest, errors.New("a SOCKS proxy takes no requests, only a target"))
	case st.asked == "":
		return nil
	}
	st.fault.Asked = st.asked
	ctx, cancel := within(st.ctx, st.options.Connect)
	defer cancel()
	if st.hop.Kind.isSOCKS() {
		return st.socks(ctx)
	}
	return st.connect(ctx)
}

// startTLS speaks TLS with the hop.
func (st *step) startTLS() error {
	ctx, cancel := within(st.ctx, st.options.TLS)
	defer cancel()
	err := st.stream.StartTLS(ctx, st.hop.TLS)
	switch {
	case err == nil:
		return st.checkProtocol()
	case errors.Is(err, network.ErrUnread):
		return st.fail(ErrUnread, err)
	case errors.Is(err, context.Canceled) || isTimeout(err):
		return st.timedOut("no TLS", st.options.TLS, err)
	}
	return st.fail(ErrTLS, err)
}

// checkProtocol refuses a protocol that the hop's NextProtos offered, the proxy
// chose, and nobody speaks here (RFC 7301 section 3.2).
func (st *step) checkProtocol() error {
	state, _ := st.stream.TLS()
	switch chosen := state.NegotiatedProtocol; chosen {
	case "", "http/1.1":
		return nil
	default:
		return st.fail(ErrTLS, fmt.Errorf("NextProtos offered %q and the proxy chose it: only http/1.1 is spoken here", chosen))
	}
}

// fail makes an error of the step.
func (st *step) fail(kind, err error) *Error {
	e := st.fault
	e.Kind, e.Err = kind, err
	return &e
}

// timedOut is the error where time ran out, or the context ended: the walk's
// own comes first, since the limit of the option ended with it.
func (st *step) timedOut(what string, limit time.Duration, err error) *Error {
	if ended := endOf(st.ctx); ended != nil {
		if errors.Is(ended, context.DeadlineExceeded) {
			return st.fail(ErrTimeout, fmt.Errorf("%s: %w", what, ended))
		}
		return st.fail(nil, ended)
	}
	if limit > 0 && errors.Is(err, context.DeadlineExceeded) {
		// It was the step's own context: that of the walk goes on.
		return st.fail(ErrTimeout, fmt.Errorf("%s within %v: %w", what, limit, os.ErrDeadlineExceeded))
	}
	return st.fail(ErrTimeout, fmt.Errorf("%s: %w", what, err))
}

func isTimeout(err error) bool {
	var ne net.Error
	return errors.Is(err, os.ErrDeadlineExceeded) || errors.Is(err, context.DeadlineExceeded) ||
		errors.As(err, &ne) && ne.Timeout()
}
