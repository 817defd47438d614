package tunnel

import (
	"crypto/tls"

	"github.com/gohttpx/httpx/network/networktest"
)

// trusting is a client's configuration towards a scripted server.
func trusting(name string) *tls.Config {
	_, roots := networktest.Certificate()
	return &tls.Config{ServerName: name, RootCAs: roots}
}

// serveAs is a server with the certificate of that name, to a client that does
// not take it.
func serveAs(p *networktest.Peer, name string) {
	certificate, _ := networktest.Certificate(name)
	conn := tls.Server(p.Conn(), &tls.Config{Certificates: []tls.Certificate{certificate}})
	_ = conn.Handshake()
	p.WaitClosed()
}
