package network

import (
	"context"
	"net"
	"net/netip"
	"strings"
	"time"
)

// attempt is how one attempt of a race ended.
type attempt struct {
	conn net.Conn
	err  error
}

// race connects to the addresses in their order, each delay after the one
// before or as soon as one has failed, and returns the first connection. An
// attempt that is not the winner ends by itself: its goroutine lives as long as
// its dial, which the end of the race cancels, and closes what it connected.
func race(ctx context.Context, delay time.Duration, addresses []netip.AddrPort, dial func(context.Context, netip.AddrPort) (net.Conn, error)) (net.Conn, error) {
	attempts, cancel := context.WithCancel(ctx)
	defer cancel()
	results := make(chan attempt)
	decided := make(chan struct{})
	defer close(decided)

	start := func(address netip.AddrPort) {
		conn, err := dial(attempts, address)
		select {
		case results <- attempt{conn, err}:
		case <-decided:
			if conn != nil {
				conn.Close()
			}
		}
	}

	var failures raceError
	next, running := 0, 0
	timer := time.NewTimer(0) // the first attempt starts at once
	defer timer.Stop()
	for next < len(addresses) || running > 0 {
		select {
		case <-timer.C:
			if next < len(addresses) {
				go start(addresses[next])
				next, running = next+1, running+1
				timer.Reset(delay)
			}
		case a := <-results:
			running--
			if a.err == nil {
				return a.conn, nil
			}
			failures = append(failures, a.err)
			timer.Reset(0)
		case <-ctx.Done():
			return nil, append(failures, &net.OpError{Op: "dial", Net: "tcp", Err: ctx.Err()})
		}
	}
	return nil, failures
}

// raceError is the failures of a race's attempts, in the order in which they
// came.
type raceError []error

func (e raceError) Error() string {
	texts := make([]string, len(e))
	for i, err := range e {
		texts[i] = err.Error()
	}
	return strings.Join(texts, "; ")
}

func (e raceError) Unwrap() []error { return e }

// Timeout says whether the last failure was a timeout, the context's among them.
func (e raceError) Timeout() bool {
	if len(e) == 0 {
		return false
	}
	ne, ok := e[len(e)-1].(net.Error)
	return ok && ne.Timeout()
}

// Temporary is there because a net.Error has it.
func (e raceError) Temporary() bool { return e.Timeout() }
