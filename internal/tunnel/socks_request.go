package tunnel

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strconv"
)

// socksRequest is the message that asks for a connection (RFC 1928 section 4).
func (st *step) socksRequest(ctx context.Context) ([]byte, error) {
	host, service, err := net.SplitHostPort(st.asked)
	if err != nil {
		return nil, st.fail(ErrRequest, err)
	}
	port, err := strconv.ParseUint(service, 10, 16)
	if err != nil {
		return nil, st.fail(ErrRequest, fmt.Errorf("port %q is not a number from 0 to 65535", service))
	}
	message := []byte{socksVersion, commandConnect, 0}
	ip, err := netip.ParseAddr(host)
	switch {
	case err == nil:
		message, err = appendIP(message, ip)
	case st.hop.Kind == SOCKS5H:
		message, err = appendName(message, host)
	default:
		if ip, err = st.resolve(ctx, host); err != nil {
			return nil, err
		}
		message, err = appendIP(message, ip)
	}
	if err != nil {
		return nil, st.fail(ErrRequest, err)
	}
	return binary.BigEndian.AppendUint16(message, uint16(port)), nil
}

func appendIP(message []byte, ip netip.Addr) ([]byte, error) {
	ip = ip.Unmap()
	switch {
	case !ip.IsValid():
		return nil, errors.New("the address is not valid")
	case ip.Zone() != "":
		return nil, errors.New("an address with a zone means nothing to a proxy")
	case ip.Is4():
		message = append(message, addressIPv4)
	default:
		message = append(message, addressIPv6)
	}
	return append(message, ip.AsSlice()...), nil
}

func appendName(message []byte, name string) ([]byte, error) {
	if name == "" || len(name) > maxSOCKSText {
		return nil, fmt.Errorf("a name of %d bytes; SOCKS takes 1 to %d", len(name), maxSOCKSText)
	}
	message = append(message, addressName, byte(len(name)))
	return append(message, name...), nil
}
