package network

import (
	"context"
	"net"
	"net/netip"
)

// A Backend opens the connections that everything above runs on. A
// [*net.Dialer] is one, as are a dialer of golang.org/x/net/proxy, an SSH
// client, a [*Dialer] of this package and the scripted network of package
// networktest.
//
// DialContext may be called from several goroutines at once. It ends when ctx
// ends; a context may have a deadline and yet no Done channel, so a Backend
// that blocks has to look at both. It may return a conn that already speaks TLS.
type Backend interface {
	DialContext(ctx context.Context, network, address string) (net.Conn, error)
}

// Phased is what a [Backend] has beside DialContext when it can tell the two
// halves of a dial apart. Whoever dials through one can give resolving a name
// and connecting to its addresses a time limit each; a Backend without it gets
// the sum of both for its one DialContext.
//
// The network is "tcp", "tcp4" or "tcp6". The host of Resolve is a name or an
// address without brackets; the addresses come back in the order in which they
// should be tried, at least one where the error is nil.
type Phased interface {
	Resolve(ctx context.Context, network, host string) ([]netip.Addr, error)
	DialAddresses(ctx context.Context, network string, addresses []netip.AddrPort) (net.Conn, error)
}

// Unix returns a Backend whose every dial, whatever the address asked for,
// connects to the unix socket at path: how one speaks to a local daemon.
func Unix(path string) Backend { return unixBackend{path} }

type unixBackend struct{ path string }

func (b unixBackend) DialContext(ctx context.Context, _, _ string) (net.Conn, error) {
	var d net.Dialer
	return d.DialContext(ctx, "unix", b.path)
}

// String names the socket file.
func (b unixBackend) String() string { return "unix:" + b.path }
