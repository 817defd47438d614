package tunnel

import (
	"context"
	"errors"
	"net/netip"
	"slices"
	"sync"
	"time"

	"github.com/gohttpx/httpx/internal/exchange"
	"github.com/gohttpx/httpx/network"
)

// Options bound a walk.
type Options struct {
	// Connect bounds each hop's answer, from the first byte that is written to
	// it, answers to its challenges included. Zero or less: no limit.
	Connect time.Duration
	// TLS bounds each handshake with a hop. Zero or less: no limit.
	TLS time.Duration

	// Timeouts bounds the phases of each exchange with a hop, within Connect.
	Timeouts exchange.Timeouts
	// Limits bounds what an HTTP proxy may send.
	Limits exchange.Limits

	// Resolve gives the addresses of a name, for SOCKS5 proxies; the first of
	// IPv4 is asked for, or else the first. Its context always has a Done
	// channel if it has a deadline.
	Resolve func(ctx context.Context, host string) ([]netip.Addr, error)
}

// A Walker walks one route, and keeps what it learns of each hop's
// authentication for later walks.
//
// Several walks may go on at once, each on a stream of its own. The calls of
// one walk (Walk, and after a failure Again and Walk) belong to one goroutine.
type Walker struct {
	hops    []Hop
	options Options
	auth    []*Authenticator // one a hop

	mu sync.Mutex // guards redials
	// redials are the connections that walks have used up which were told to
	// go on with another one. Which walk takes which count does not matter:
	// none is lost, and so their sum has a bound.
	redials []int
}

// maxRedials is how many connections a walk may use up on challenges: one for
// the challenge, and one for a nonce that was stale by then.
const maxRedials = 2

// NewWalker returns a Walker of hops, the first of which streams are connected
// to. The hops are copied, what they refer to is not.
func NewWalker(hops []Hop, o Options) *Walker {
	w := &Walker{hops: slices.Clone(hops), options: o, auth: make([]*Authenticator, len(hops))}
	for i, hop := range w.hops {
		w.auth[i] = newAuthenticator(hop.User, hop.Password, hop.HasCredentials)
	}
	return w
}

// Last is what authorizes requests to the last hop, which are sent there in
// absolute form; nil where there is no hop.
func (w *Walker) Last() *Authenticator {
	if len(w.auth) == 0 {
		return nil
	}
	return w.auth[len(w.auth)-1]
}

// Walk brings s, which is connected to the first hop, through all hops to
// target, "host:port". With an empty target it ends at the last hop, which must
// speak HTTP then, after TLS with it. Afterwards s has no deadline. Bytes that
// the target sent at once are there to be read; before TLS is started with it,
// they are an error, see Unread.
//
// It ends when ctx does; a context may have a deadline and yet no Done channel.
// On an error, which is an *Error, s is closed.
func (w *Walker) Walk(ctx context.Context, s *network.Stream, target string) error {
	redials := w.takeRedials()
	for i := range w.hops {
		asked := target
		if i+1 < len(w.hops) {
			asked = w.hops[i+1].Address
		}
		st := step{
			ctx:     ctx,
			stream:  s,
			hop:     &w.hops[i],
			auth:    w.auth[i],
			options: &w.options,
			asked:   asked,
			fault:   Error{Hop: i, Hops: len(w.hops), Visible: w.hops[i].Visible, redials: redials},
		}
		if i > 0 {
			if live, _ := s.Probe(); live == network.Doubtful {
				s.Close()
				return w.early(i-1, st.hop.Address)
			}
		}
		if err := st.take(); err != nil {
			s.Close()
			return err
		}
	}
	return nil
}

// Again reports whether err, of Walk, is a challenge that can be answered, but
// on a new connection since the hop closed this one: dial again, and Walk. It
// says true to two errors of a walk at most.
func (w *Walker) Again(err error) bool {
	var e *Error
	if !errors.As(err, &e) || !e.again {
		return false
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.redials = append(w.redials, e.redials+1)
	return true
}

// takeRedials is the count with which a walk begins.
func (w *Walker) takeRedials() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	last := len(w.redials) - 1
	if last < 0 {
		return 0
	}
	n := w.redials[last]
	w.redials = w.redials[:last]
	return n
}

// Unread is the error for the owner of a stream whose StartTLS with target said
// network.ErrUnread: it names the last hop, from which the bytes came.
func (w *Walker) Unread(target string) error { return w.early(len(w.hops)-1, target) }

// early is the error of bytes that came from behind a hop before anybody there
// was spoken to. Whoever believed them would believe the hop instead.
func (w *Walker) early(hop int, asked string) *Error {
	e := &Error{Hop: hop, Hops: len(w.hops), Asked: asked, Kind: ErrUnread, Err: network.ErrUnread}
	if hop >= 0 {
		e.Visible = w.hops[hop].Visible
	}
	return e
}
