package tunnel

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"time"

	"github.com/gohttpx/httpx/internal/ctxwatch"
	"github.com/gohttpx/httpx/internal/exchange"
	"github.com/gohttpx/httpx/network"
)

// A talk is what is said with a SOCKS proxy: a message, and a reply of which
// exactly so many bytes are read.
type talk struct {
	ctx      context.Context
	stream   *network.Stream
	watch    ctxwatch.Watch
	timeouts exchange.Timeouts
	isReply  bool // its first byte was read
}

// begin lets ctx govern the stream until end.
func (t *talk) begin(ctx context.Context, s *network.Stream, timeouts exchange.Timeouts) error {
	t.ctx, t.stream, t.timeouts = ctx, s, timeouts
	t.watch.Reset(s)
	return t.watch.Start(ctx)
}

// end leaves the stream without a deadline. It is an error where the context
// ended, be it just now.
func (t *talk) end() error {
	if !t.watch.Stop() {
		return t.ctx.Err()
	}
	t.watch.Clear()
	return nil
}

// ask writes a message and fills reply.
func (t *talk) ask(message, reply []byte) error {
	t.watch.SetWrite(after(t.timeouts.Write))
	if _, err := t.stream.Write(message); err != nil {
		return err
	}
	t.isReply = false
	return t.read(reply)
}

// read fills p.
func (t *talk) read(p []byte) error {
	_, err := io.ReadFull(t, p)
	return err
}

// Read is that of the stream, under the timeout that holds now.
func (t *talk) Read(p []byte) (int, error) {
	limit := t.timeouts.Read
	if !t.isReply {
		limit = t.timeouts.FirstByte
	}
	t.watch.SetRead(after(limit))
	n, err := t.stream.Read(p)
	t.isReply = t.isReply || n > 0
	return n, err
}

// after is the deadline of something that may take d; zero or less is none.
func after(d time.Duration) time.Time {
	if d <= 0 {
		return time.Time{}
	}
	return time.Now().Add(d)
}

// talkFailed says what an error of a talk means; what is what was awaited.
func (st *step) talkFailed(t *talk, what string, err error) *Error {
	switch ended := endOf(t.ctx); {
	case ended != nil && (t.watch.Ended() || isTimeout(err) || errors.Is(err, context.Canceled)):
		return st.timedOut("no "+what, st.options.Connect, ended)
	case isTimeout(err):
		return st.timedOut("no "+what, 0, err)
	case err == io.EOF, errors.Is(err, io.ErrUnexpectedEOF):
		return st.fail(ErrLost, fmt.Errorf("the proxy closed the connection before the %s was there: %w", what, io.ErrUnexpectedEOF))
	}
	return st.fail(ErrLost, err)
}

// resolve gives the address to ask for instead of a name. It is one of IPv4
// where there is one: a SOCKS proxy takes one address, so that nothing can be
// raced, and more proxies reach IPv4 than reach IPv6.
func (st *step) resolve(ctx context.Context, host string) (netip.Addr, error) {
	if st.options.Resolve == nil {
		return netip.Addr{}, st.fail(ErrResolve, errors.New("nobody here resolves names"))
	}
	ctx, cancel := withDone(ctx)
	defer cancel()
	addresses, err := st.options.Resolve(ctx, host)
	switch {
	case err != nil && endOf(ctx) != nil:
		return netip.Addr{}, st.timedOut("no address of "+host, st.options.Connect, endOf(ctx))
	case err != nil:
		return netip.Addr{}, st.fail(ErrResolve, err)
	case len(addresses) == 0:
		return netip.Addr{}, st.fail(ErrResolve, fmt.Errorf("no address of %s", host))
	}
	for _, a := range addresses {
		if a.Unmap().Is4() {
			return a, nil
		}
	}
	return addresses[0], nil
}
