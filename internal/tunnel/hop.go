package tunnel

import (
	"crypto/tls"
	"strconv"
)

// Kind is what a proxy speaks.
type Kind uint8

// The kinds of proxies.
const (
	HTTP    Kind = iota // CONNECT in the clear
	HTTPS               // CONNECT inside TLS
	SOCKS5              // names are resolved here
	SOCKS5H             // names are resolved by the proxy
)

var kindNames = [...]string{"http", "https", "socks5", "socks5h"}

// String is the kind's scheme in the URL of a proxy.
func (k Kind) String() string {
	if int(k) < len(kindNames) {
		return kindNames[k]
	}
	return "Kind(" + strconv.Itoa(int(k)) + ")"
}

func (k Kind) isSOCKS() bool { return k == SOCKS5 || k == SOCKS5H }

// A Hop is one proxy of a route.
type Hop struct {
	Kind    Kind
	Address string // host:port, what the hop before it is asked for
	Visible string // scheme://host:port, for people

	// User and Password are for this proxy alone.
	User, Password string
	HasCredentials bool

	// Headers go with each CONNECT to this proxy, and to nobody else.
	Headers [][2]string

	// TLS is the configuration towards an HTTPS proxy, with its ServerName. It
	// must not be changed any more.
	TLS *tls.Config
}
