package httpx

import (
	"math"
	"time"
)

// None says "no" where a zero would mean the default: no timeout, no
// redirects, nothing idle.
const None = -1

// Unlimited lifts a limit of number or size. Of a time [None] does.
const Unlimited = math.MaxInt

// Timeouts bounds the phases of a request. A zero field means the default of
// the connection's options, and there the default in brackets; [None] means
// no timeout. The context of a call bounds the whole of it besides.
//
// Write, FirstByte and Read bound a wait for the peer, not the phase as a whole.
// A write waits when the buffers of the kernel have filled up: a peer that reads
// nothing is noticed by Write only behind what these hold. FirstByte begins when
// all of the request is written, and anew after each interim response. Read
// begins with the first byte and holds for each read of the head and the body; a
// body that nobody reads has no timeout. An upgraded stream has none at all.
//
// Resolve, Connect and TLS hold for the dial that a request starts; in a pool it
// may wait for that of another. What each proxy of a route may take is for the
// options to say: a request changes it for the first connection and for TLS with
// the origin only. A backend that does not tell finding the addresses from
// connecting has the sum of both for the two.
//
// As a [RequestOption] it replaces each field that it sets.
type Timeouts struct {
	Resolve   time.Duration // finding the addresses of a name (10 s)
	Connect   time.Duration // opening the connection, each hop of a route (10 s)
	TLS       time.Duration // the handshake, each of them (10 s)
	Write     time.Duration // writing without progress (30 s)
	FirstByte time.Duration // from the request written, or an interim response, to the first byte of the next (none)
	Read      time.Duration // reading on, from the first byte, without progress (none)
}

var defaultTimeouts = Timeouts{
	Resolve:   10 * time.Second,
	Connect:   10 * time.Second,
	TLS:       10 * time.Second,
	Write:     30 * time.Second,
	FirstByte: None,
	Read:      None,
}

func (t Timeouts) applyTo(r *Request) error {
	merged := t
	if r.Timeouts != nil {
		merged = t.or(*r.Timeouts)
	}
	r.Timeouts = &merged
	return nil
}

// longest is the longest timeout that is one; [Unlimited] is none.
const longest = 100 * 365 * 24 * time.Hour

// or returns t with each field that is not set taken from other.
func (t Timeouts) or(other Timeouts) Timeouts {
	for _, f := range []struct{ dst, src *time.Duration }{
		{&t.Resolve, &other.Resolve}, {&t.Connect, &other.Connect}, {&t.TLS, &other.TLS},
		{&t.Write, &other.Write}, {&t.FirstByte, &other.FirstByte}, {&t.Read, &other.Read},
	} {
		if *f.dst == 0 {
			*f.dst = *f.src
		}
		if *f.dst > longest {
			*f.dst = None // sums with the clock must not overflow
		}
	}
	return t
}
