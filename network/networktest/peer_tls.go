package networktest

import (
	"context"
	"crypto/tls"
	"net"
)

// TLS runs a server's handshake; from here on the verbs are inside TLS. Twice,
// it is TLS in TLS. A nil config serves a certificate for whatever name the
// client asks for, of the authority that Certificate speaks of. It returns the
// state, which has the name and the protocol that were agreed on.
func (p *Peer) TLS(config *tls.Config) tls.ConnectionState {
	p.t.Helper()
	p.begin("TLS()")
	defer p.done()
	return p.startTLS(p.io, config)
}

// TLSLateTickets is TLS, but the session tickets that a TLS 1.3 server sends
// behind its handshake are held back until send is called, or something else is
// written. A client whose configuration has no ClientSessionCache gets none. The
// client is asked for a certificate and need not have one.
func (p *Peer) TLSLateTickets(config *tls.Config) (send func()) {
	p.t.Helper()
	p.begin("TLSLateTickets()")
	defer p.done()
	held := &holder{Conn: p.io}
	config = p.serverConfig(config).Clone()
	if config.ClientAuth == tls.NoClientCert {
		// crypto/tls sends the tickets ahead of the client's part of the handshake
		// unless it has to wait for a certificate, which may be none.
		config.ClientAuth = tls.RequestClientCert
	}
	p.startTLS(held, config)
	return func() {
		p.t.Helper()
		p.begin("sending the tickets")
		defer p.done()
		if err := held.flush(); err != nil {
			p.fail("sending the tickets failed: %v", err)
		}
	}
}

func (p *Peer) startTLS(under net.Conn, config *tls.Config) tls.ConnectionState {
	p.t.Helper()
	conn := tls.Server(under, p.serverConfig(config))
	err := conn.HandshakeContext(context.Background())
	if held, ok := under.(*holder); ok {
		held.handshaken = true
		if err != nil {
			_ = held.flush() // the alert
		}
	}
	if err != nil {
		p.fail("the TLS handshake failed: %v", err)
	}
	p.io = &reader{Conn: conn}
	return conn.ConnectionState()
}

func (p *Peer) serverConfig(config *tls.Config) *tls.Config {
	if config != nil {
		return config
	}
	host, _, err := net.SplitHostPort(p.address)
	if err != nil {
		host = p.address
	}
	return &tls.Config{
		NextProtos: []string{"http/1.1"},
		GetCertificate: func(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
			name := hello.ServerName
			if name == "" {
				name = host // an address is not named in the handshake
			}
			certificate, _ := Certificate(name)
			return &certificate, nil
		},
	}
}

// A holder keeps back what a TLS server writes until it reads: in a handshake,
// that is each flight as a whole, and the tickets at its end are still there.
type holder struct {
	net.Conn
	held       []byte
	handshaken bool
}

func (h *holder) Read(p []byte) (int, error) {
	if !h.handshaken {
		if err := h.flush(); err != nil {
			return 0, err
		}
	}
	return h.Conn.Read(p)
}

func (h *holder) Write(p []byte) (int, error) {
	h.held = append(h.held, p...)
	if h.handshaken {
		if err := h.flush(); err != nil {
			return 0, err
		}
	}
	return len(p), nil
}

func (h *holder) flush() error {
	held := h.held
	h.held = nil
	if len(held) == 0 {
		return nil
	}
	_, err := h.Conn.Write(held)
	return err
}
