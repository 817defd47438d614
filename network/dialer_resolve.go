package network

import (
	"context"
	"net"
	"net/netip"
)

// Resolve returns the addresses of host, at least one where the error is nil: a
// literal address as it is and at once, a name as the Resolver knows it. IPv6
// and IPv4 addresses alternate, IPv6 first, each family in the order that the
// resolver gave it (RFC 8305 section 4).
//
// For "tcp4" and "tcp6" there are only addresses of that family.
func (d *Dialer) Resolve(ctx context.Context, network, host string) ([]netip.Addr, error) {
	if err := checkTCP(network); err != nil {
		return nil, err
	}
	if ip, err := netip.ParseAddr(host); err == nil {
		if ip = ip.Unmap(); !suits(network, ip) {
			return nil, &net.AddrError{Err: "not an address for " + network, Addr: host}
		}
		return []netip.Addr{ip}, nil
	}
	if host == "" {
		return nil, &net.AddrError{Err: "no host", Addr: host}
	}

	// A lookup ends with ctx.Done alone: it looks at no deadline.
	if deadline, ok := ctx.Deadline(); ok && ctx.Done() == nil {
		var cancel context.CancelFunc
		ctx, cancel = context.WithDeadline(ctx, deadline)
		defer cancel()
	}
	ips, err := d.resolver().LookupNetIP(ctx, "ip"+network[len("tcp"):], host)
	if err != nil {
		return nil, err
	}
	ips = interleave(ips, network)
	if len(ips) == 0 {
		return nil, &net.AddrError{Err: "no address for " + network, Addr: host}
	}
	return ips, nil
}

func suits(network string, ip netip.Addr) bool {
	switch network {
	case "tcp4":
		return ip.Is4()
	case "tcp6":
		return !ip.Is4()
	}
	return true
}

// interleave returns the addresses that suit the network, IPv6 and IPv4 in turn
// and IPv6 first, until one family has no more.
func interleave(ips []netip.Addr, network string) []netip.Addr {
	var v4, v6 []netip.Addr
	for _, ip := range ips {
		ip = ip.Unmap() // the resolver gives IPv4 in its 16-byte form
		switch {
		case !suits(network, ip):
		case ip.Is4():
			v4 = append(v4, ip)
		default:
			v6 = append(v6, ip)
		}
	}
	mixed := make([]netip.Addr, 0, len(v4)+len(v6))
	for i := range max(len(v4), len(v6)) {
		if i < len(v6) {
			mixed = append(mixed, v6[i])
		}
		if i < len(v4) {
			mixed = append(mixed, v4[i])
		}
	}
	return mixed
}
