package httpx

import (
	"crypto/tls"
	"fmt"
	"sync"

	"github.com/gohttpx/httpx/network"
)

// tlsFor is the configuration towards an origin: its name, and sessions to
// resume, which belong to one key of a pool.
func (c *connectionConfig) tlsFor(o origin, sessions tls.ClientSessionCache) *tls.Config {
	if !o.isSecure() {
		return nil
	}
	config := c.tls.Clone()
	if config.ServerName == "" {
		config.ServerName, _ = o.split()
	}
	if len(config.NextProtos) == 0 {
		config.NextProtos = []string{"http/1.1"}
	}
	if config.ClientSessionCache == nil {
		config.ClientSessionCache = sessions
	}
	return config
}

// checkProtocol refuses a protocol that a caller's NextProtos offered, the server
// chose, and nobody speaks here (RFC 7301 section 3.2).
func checkProtocol(s *network.Stream) error {
	state, _ := s.TLS()
	switch chosen := state.NegotiatedProtocol; chosen {
	case "", "http/1.1":
		return nil
	default:
		return &dialFault{PhaseTLS, ErrTLS, fmt.Errorf("NextProtos offered %q and the server chose it: only http/1.1 is spoken here", chosen)}
	}
}

// tlsForProxy is the configuration towards an https proxy.
func (c *connectionConfig) tlsForProxy(p Proxy, host string) *tls.Config {
	config := &tls.Config{MinVersion: tls.VersionTLS12}
	if p.TLS != nil {
		config = p.TLS.Clone()
	}
	if config.ServerName == "" {
		config.ServerName = host
	}
	if len(config.NextProtos) == 0 {
		config.NextProtos = []string{"http/1.1"}
	}
	if config.ClientSessionCache == nil {
		config.ClientSessionCache = tls.NewLRUClientSessionCache(sessionsPerKey)
	}
	return config
}

// sessionsPerKey is how many tickets are kept for an origin by one route.
const sessionsPerKey = 4

// maxTLSKeys bounds the configurations that are remembered.
const maxTLSKeys = 1024

// tlsConfigs remembers the configuration of each key, and with it the session
// tickets that its servers gave.
type tlsConfigs struct {
	mu    sync.Mutex
	known map[poolKey]*tls.Config
}

func (t *tlsConfigs) of(key poolKey, config *connectionConfig) *tls.Config {
	if !key.origin.isSecure() {
		return nil
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if known := t.known[key]; known != nil {
		return known
	}
	if t.known == nil || len(t.known) >= maxTLSKeys {
		t.known = make(map[poolKey]*tls.Config)
	}
	made := config.tlsFor(key.origin, tls.NewLRUClientSessionCache(sessionsPerKey))
	t.known[key] = made
	return made
}
