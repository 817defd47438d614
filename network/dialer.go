package network

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"syscall"
	"time"
)

// DefaultAttemptDelay is the time that a [Dialer] gives one address before it
// tries the next beside it: the Connection Attempt Delay that RFC 8305 section 5
// recommends.
const DefaultAttemptDelay = 250 * time.Millisecond

// A Dialer is the default [Backend]. It resolves a name to all its addresses
// and races them (RFC 8305). The zero value is ready. It may be used by several
// goroutines at once, and must not be changed while it is.
//
// Its networks are "tcp", "tcp4" and "tcp6"; DialContext also takes those of
// [net.Dialer], to which it hands them.
type Dialer struct {
	// Resolver looks names up. Nil: net.DefaultResolver.
	Resolver *net.Resolver

	// AttemptDelay is how long one address is tried before the next one is tried
	// beside it. Zero: DefaultAttemptDelay.
	AttemptDelay time.Duration

	// KeepAlive configures TCP keep-alive probes. Zero: Go's own defaults. A value
	// that is not zero and does not Enable them turns them off.
	KeepAlive net.KeepAliveConfig

	// LocalAddr is the address to dial from, a *net.TCPAddr. Nil: the system's
	// choice.
	LocalAddr net.Addr

	// Control, if not nil, is called with each socket after its creation and
	// before it connects, as net.Dialer.ControlContext is.
	Control func(ctx context.Context, network, address string, c syscall.RawConn) error
}

var (
	_ Backend = (*Dialer)(nil)
	_ Phased  = (*Dialer)(nil)
)

// DialContext connects to address, "host:port": Resolve and then DialAddresses.
// Both count against ctx's one deadline.
func (d *Dialer) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	if !isTCP(network) {
		return d.single().DialContext(ctx, network, address)
	}
	host, service, err := net.SplitHostPort(address)
	if err != nil {
		return nil, dialError(network, err)
	}
	port, err := d.resolvePort(ctx, network, service)
	if err != nil {
		return nil, dialError(network, err)
	}
	ips, err := d.Resolve(ctx, network, host)
	if err != nil {
		return nil, dialError(network, err)
	}
	addresses := make([]netip.AddrPort, len(ips))
	for i, ip := range ips {
		addresses[i] = netip.AddrPortFrom(ip, port)
	}
	return d.DialAddresses(ctx, network, addresses)
}

// DialAddresses connects to one of the addresses, which are tried in their
// order: the next one when AttemptDelay has passed or as soon as one has failed
// (RFC 8305 section 5). The first connection wins; the attempts still under way
// are ended, and what they connect nevertheless is closed. When all fail, the
// error tells of each.
//
// One address is dialled on the caller's goroutine, under ctx itself.
func (d *Dialer) DialAddresses(ctx context.Context, network string, addresses []netip.AddrPort) (net.Conn, error) {
	switch len(addresses) {
	case 0:
		return nil, dialError(network, errors.New("no addresses"))
	case 1:
		return d.dialOne(ctx, network, addresses[0])
	}
	delay := d.AttemptDelay
	if delay <= 0 {
		delay = DefaultAttemptDelay
	}
	return race(ctx, delay, addresses, func(ctx context.Context, address netip.AddrPort) (net.Conn, error) {
		return d.dialOne(ctx, network, address)
	})
}

func (d *Dialer) dialOne(ctx context.Context, network string, address netip.AddrPort) (net.Conn, error) {
	return d.single().DialContext(ctx, network, address.String())
}

// plain is what most Dialers come to; one for all saves each dial an allocation.
var plain net.Dialer

// single is the dialer of one address.
func (d *Dialer) single() *net.Dialer {
	if d.KeepAlive == (net.KeepAliveConfig{}) && d.Resolver == nil && d.LocalAddr == nil && d.Control == nil {
		return &plain
	}
	dialer := &net.Dialer{
		LocalAddr:       d.LocalAddr,
		KeepAliveConfig: d.KeepAlive,
		Resolver:        d.Resolver,
		ControlContext:  d.Control,
	}
	if d.KeepAlive != (net.KeepAliveConfig{}) && !d.KeepAlive.Enable {
		dialer.KeepAlive = -1
	}
	return dialer
}

func (d *Dialer) resolver() *net.Resolver {
	if d.Resolver != nil {
		return d.Resolver
	}
	return net.DefaultResolver
}

func (d *Dialer) resolvePort(ctx context.Context, network, service string) (uint16, error) {
	if port, err := strconv.ParseUint(service, 10, 16); err == nil {
		return uint16(port), nil
	}
	port, err := d.resolver().LookupPort(ctx, network, service)
	return uint16(port), err
}

func isTCP(network string) bool {
	return network == "tcp" || network == "tcp4" || network == "tcp6"
}

func dialError(network string, err error) error {
	return &net.OpError{Op: "dial", Net: network, Err: err}
}

func checkTCP(network string) error {
	if !isTCP(network) {
		return fmt.Errorf("network: cannot resolve for %q: %w", network, net.UnknownNetworkError(network))
	}
	return nil
}
