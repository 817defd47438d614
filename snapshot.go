package httpx

import (
	"crypto/tls"
	"time"

	"github.com/gohttpx/httpx/internal/exchange"
	"github.com/gohttpx/httpx/internal/redact"
)

// A ConnectionSnapshot is what a connection was at one moment. It holds no
// secrets, and marshals to JSON with stable names; durations are nanoseconds.
type ConnectionSnapshot struct {
	ID       uint64        `json:"id"`
	Text     string        `json:"text"` // of String
	Origin   string        `json:"origin"`
	Route    []string      `json:"route,omitempty"` // the proxies, hop by hop
	State    State         `json:"state"`
	For      time.Duration `json:"for"` // in that state
	Protocol string        `json:"protocol"`
	Local    string        `json:"local,omitempty"`
	Remote   string        `json:"remote,omitempty"`
	TLS      *TLSSnapshot  `json:"tls,omitempty"`

	Age time.Duration `json:"age"` // since its dial began

	// Of an idle connection in a pool: when it will be closed, and by which
	// rule; 0 and empty where it may stay for ever.
	Expires    time.Duration `json:"expires,omitempty"` // from now
	ExpiryRule string        `json:"expiry_rule,omitempty"`

	Served   uint64            `json:"served"`            // exchanges that ended well
	BytesIn  int64             `json:"bytes_in"`          // heads and framing too; with TLS, what is inside of it
	BytesOut int64             `json:"bytes_out"`         // likewise
	Waiting  int               `json:"waiting,omitempty"` // callers in the queue of a connection that stands alone
	Request  *InFlightSnapshot `json:"request,omitempty"`
	Reason   string            `json:"reason,omitempty"` // why it was closed
}

// A TLSSnapshot is what the handshake with the origin came to.
type TLSSnapshot struct {
	Version        string    `json:"version"`
	Cipher         string    `json:"cipher"`
	ALPN           string    `json:"alpn,omitempty"`
	Resumed        bool      `json:"resumed"`
	CertificateEnd time.Time `json:"certificate_end,omitzero"`
}

// An InFlightSnapshot is the request that a connection carries.
type InFlightSnapshot struct {
	Method   string        `json:"method"`
	URL      string        `json:"url"` // without query values and credentials
	Phase    Phase         `json:"phase"`
	For      time.Duration `json:"for"` // in that phase
	Progress Progress      `json:"progress"`
}

// Snapshot says what the connection is at this moment. It waits for nothing.
func (c *Connection) Snapshot() ConnectionSnapshot {
	s := c.snapshot(exchange.Now())
	if t, ok := c.owner.(*turns); ok {
		s.Waiting = t.waiting()
	}
	return s
}

func (c *Connection) snapshot(now time.Duration) ConnectionSnapshot {
	state, since := c.stateSince()
	s := ConnectionSnapshot{
		ID:       c.id,
		Text:     c.text(state),
		Origin:   c.origin.String(),
		State:    state,
		For:      max(0, now-since),
		Protocol: "HTTP/1.1",
		Age:      now - c.born,
		Served:   c.served(),
		TLS:      c.security.Load(),
	}
	s.Route = c.route.list()
	if up := c.upgrade.Load(); up != nil {
		s.Protocol = up.protocol
	}
	if stream := c.stream.Load(); stream != nil {
		s.BytesIn, s.BytesOut = stream.Counts()
		s.Local, s.Remote = addressText(stream.LocalAddr()), addressText(stream.RemoteAddr())
	}
	if s.State == Closed {
		s.Reason = c.whyClosed()
	}
	s.Request = c.inFlight(now)
	return s
}

// inFlight is the request that the connection carries, nil for none.
func (c *Connection) inFlight(now time.Duration) (s *InFlightSnapshot) {
	c.request.look(func(req *Request) {
		phase, since := c.x.PhaseSince()
		s = &InFlightSnapshot{
			Method:   req.method(),
			URL:      redact.URL(req.URL),
			Phase:    phases[phase],
			For:      max(0, now-since), // it may have gone on meanwhile
			Progress: Progress(c.x.Progress()),
		}
	})
	return s
}

func addressText(a interface{ String() string }) string {
	if a == nil {
		return ""
	}
	return a.String()
}

// securityOf keeps what is worth knowing of a handshake.
func securityOf(state tls.ConnectionState) *TLSSnapshot {
	s := &TLSSnapshot{
		Version: tls.VersionName(state.Version),
		Cipher:  tls.CipherSuiteName(state.CipherSuite),
		ALPN:    state.NegotiatedProtocol,
		Resumed: state.DidResume,
	}
	if len(state.PeerCertificates) > 0 {
		s.CertificateEnd = state.PeerCertificates[0].NotAfter
	}
	return s
}
