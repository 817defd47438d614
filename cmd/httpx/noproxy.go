package main

import (
	"net/netip"
	"net/url"
	"strings"
)

// noProxy is the list of hosts that no proxy is used for.
type noProxy []string

func parseNoProxy(list string) noProxy {
	var hosts noProxy
	for _, host := range strings.FieldsFunc(list, func(r rune) bool { return r == ',' || r == ' ' }) {
		hosts = append(hosts, strings.ToLower(host))
	}
	return hosts
}

// match reports whether u's host is on the list. A name stands for itself and
// for what is below it, with or without a leading dot; an address may be a
// range such as 10.0.0.0/8; * is every host.
func (hosts noProxy) match(u *url.URL) bool {
	name := strings.TrimSuffix(strings.ToLower(u.Hostname()), ".")
	address, notAddress := netip.ParseAddr(name)
	for _, host := range hosts {
		if host == "*" {
			return true
		}
		if notAddress == nil {
			if isAddressIn(address, host) {
				return true
			}
			continue
		}
		host = strings.Trim(host, ".")
		if name == host || strings.HasSuffix(name, "."+host) {
			return true
		}
	}
	return false
}

// isAddressIn reports whether address is the one that text names, or in the
// range that it names.
func isAddressIn(address netip.Addr, text string) bool {
	if prefix, err := netip.ParsePrefix(text); err == nil {
		return prefix.Contains(address)
	}
	one, err := netip.ParseAddr(strings.Trim(text, "[]"))
	return err == nil && one == address
}
