package network

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// A racer is how one address behaves: after so long, it connects or fails.
type racer struct {
	takes time.Duration
	err   error
	stays bool // it does not look at its context
}

// A course dials the addresses 192.0.2.1, 192.0.2.2 and so on, and keeps a log
// of what happened when.
type course struct {
	racers []racer
	begin  time.Time

	mu   sync.Mutex
	log  []string
	open int // connections
}

func (c *course) note(format string, args ...any) {
	c.mu.Lock()
	defer c.mu.Unlock()
	at := time.Since(c.begin).Milliseconds()
	c.log = append(c.log, fmt.Sprintf("%d ", at)+fmt.Sprintf(format, args...))
}

func (c *course) addresses() (addresses []netip.AddrPort) {
	for i := range c.racers {
		addresses = append(addresses, netip.AddrPortFrom(netip.AddrFrom4([4]byte{192, 0, 2, byte(i + 1)}), 80))
	}
	return addresses
}

func (c *course) dial(ctx context.Context, address netip.AddrPort) (net.Conn, error) {
	number := address.Addr().As4()[3]
	c.note("%d starts", number)
	r := c.racers[number-1]
	done := ctx.Done()
	if r.stays {
		done = nil
	}
	select {
	case <-time.After(r.takes):
	case <-done:
		c.note("%d is ended", number)
		return nil, ctx.Err()
	}
	if r.err != nil {
		c.note("%d fails", number)
		return nil, r.err
	}
	c.note("%d connects", number)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.open++
	return &courseConn{course: c, number: number}, nil
}

type courseConn struct {
	net.Conn
	course *course
	number byte
}

func (c *courseConn) Close() error {
	c.course.note("%d is closed", c.number)
	c.course.mu.Lock()
	defer c.course.mu.Unlock()
	c.course.open--
	return nil
}

const ms = time.Millisecond

func TestRace(t *testing.T) {
	never := racer{takes: time.Hour}
	refused, unreachable := errors.New("refused"), errors.New("unreachable")
	fails := func(after time.Duration, err error) racer { return racer{takes: after, err: err} }
	tests := []struct {
		name   string
		racers []racer
		winner int // 0: none
		log    []string
	}{
		{"the first is quick", []racer{{takes: 20 * ms}, never}, 1,
			[]string{"0 1 starts", "20 1 connects"}},
		{"the first hangs", []racer{never, {takes: 20 * ms}}, 2,
			[]string{"0 1 starts", "250 2 starts", "270 2 connects", "270 1 is ended"}},
		{"the first is slow and wins", []racer{{takes: 300 * ms}, {takes: 100 * ms}}, 1,
			[]string{"0 1 starts", "250 2 starts", "300 1 connects", "300 2 is ended"}},
		{"a failure starts the next at once", []racer{fails(10*ms, refused), {takes: 20 * ms}}, 2,
			[]string{"0 1 starts", "10 1 fails", "10 2 starts", "30 2 connects"}},
		{"and the one after it is given its delay", []racer{fails(10*ms, refused), never, {takes: 5 * ms}}, 3,
			[]string{"0 1 starts", "10 1 fails", "10 2 starts", "260 3 starts", "265 3 connects", "265 2 is ended"}},
		{"a late failure does, too", []racer{fails(300*ms, refused), never, {takes: 5 * ms}}, 3,
			[]string{"0 1 starts", "250 2 starts", "300 1 fails", "300 3 starts", "305 3 connects", "305 2 is ended"}},
		{"all hang but the last", []racer{never, never, never, {}}, 4,
			[]string{"0 1 starts", "250 2 starts", "500 3 starts", "750 4 starts", "750 4 connects"}},
		{"all fail", []racer{fails(0, refused), fails(10*ms, unreachable)}, 0,
			[]string{"0 1 starts", "0 1 fails", "0 2 starts", "10 2 fails"}},
		{"the loser connects after all", []racer{{takes: 400 * ms, stays: true}, {takes: 20 * ms}}, 2,
			[]string{"0 1 starts", "250 2 starts", "270 2 connects", "400 1 connects", "400 1 is closed"}},
		{"the loser fails after all", []racer{{takes: 400 * ms, err: refused, stays: true}, {takes: 20 * ms}}, 2,
			[]string{"0 1 starts", "250 2 starts", "270 2 connects", "400 1 fails"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := &course{racers: test.racers, begin: time.Now()}
				conn, err := race(t.Context(), DefaultAttemptDelay, c.addresses(), c.dial)
				time.Sleep(time.Second) // what the losers do
				synctest.Wait()
				switch {
				case test.winner == 0:
					if conn != nil || !errors.Is(err, refused) || !errors.Is(err, unreachable) {
						t.Errorf("the race ended with %v, %v", conn, err)
					}
					if err.Error() != "refused; unreachable" {
						t.Errorf("the error is %q", err)
					}
				case err != nil || conn.(*courseConn).number != byte(test.winner):
					t.Errorf("the race ended with %v, %v; want %d", conn, err, test.winner)
				}
				if c.open != min(test.winner, 1) {
					t.Errorf("%d connections are open", c.open)
				}
				// Several that are ended are so in no order.
				log := slices.DeleteFunc(c.log, func(line string) bool {
					return strings.HasSuffix(line, "is ended") && len(test.racers) > 3
				})
				if !slices.Equal(log, test.log) {
					t.Errorf("it went\n\t%q, want\n\t%q", log, test.log)
				}
			})
		})
	}
}

func TestRaceEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		refused := errors.New("refused")
		racers := []racer{{err: refused}, {takes: time.Hour}, {takes: time.Hour}}
		for _, cancelled := range []bool{true, false} {
			c := &course{racers: racers, begin: time.Now()}
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			want := context.DeadlineExceeded
			if cancelled {
				want = context.Canceled
				time.AfterFunc(time.Second, cancel)
				ctx = context.WithoutCancel(ctx)
				ctx, cancel = context.WithCancel(ctx)
				time.AfterFunc(time.Second, cancel)
			}
			_, err := race(ctx, DefaultAttemptDelay, c.addresses(), c.dial)
			if took := time.Since(c.begin); took != time.Second {
				t.Errorf("it took %v", took)
			}
			if !errors.Is(err, want) || !errors.Is(err, refused) {
				t.Errorf("the error is %v, want %v", err, want)
			}
			var ne net.Error
			if !errors.As(err, &ne) || ne.Timeout() == cancelled {
				t.Errorf("%v: Timeout says %v", err, !cancelled)
			}
			cancel()
			synctest.Wait()
			if len(c.log) != 6 { // two starts more and two ends
				t.Errorf("it went %q", c.log)
			}
		}
	})
}

// TestRaceWithoutDone has a context whose deadline only the dials look at.
func TestRaceWithoutDone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := &course{racers: []racer{{takes: 300 * ms, err: os.ErrDeadlineExceeded}, {takes: 50 * ms, err: os.ErrDeadlineExceeded}}, begin: time.Now()}
		_, err := race(context.Background(), DefaultAttemptDelay, c.addresses(), c.dial)
		var ne net.Error
		if !errors.As(err, &ne) || !ne.Timeout() || time.Since(c.begin) != 300*ms {
			t.Errorf("%v after %v", err, time.Since(c.begin))
		}
	})
}

func TestRaceErrorOfNothing(t *testing.T) {
	if (raceError{}).Timeout() {
		t.Error("nothing is no timeout")
	}
}

func TestInterleave(t *testing.T) {
	tests := []struct{ network, in, want string }{
		{"tcp", "", ""},
		{"tcp", "1.1.1.1", "1.1.1.1"},
		{"tcp", "::1", "::1"},
		{"tcp", "1.1.1.1 2.2.2.2 ::1 ::2", "::1 1.1.1.1 ::2 2.2.2.2"},
		{"tcp", "::1 ::2 ::3 1.1.1.1", "::1 1.1.1.1 ::2 ::3"},
		{"tcp", "1.1.1.1 2.2.2.2 3.3.3.3 ::1", "::1 1.1.1.1 2.2.2.2 3.3.3.3"},
		{"tcp", "::ffff:1.1.1.1 ::1", "::1 1.1.1.1"},
		{"tcp4", "::1 1.1.1.1 ::ffff:2.2.2.2", "1.1.1.1 2.2.2.2"},
		{"tcp6", "::1 1.1.1.1 ::ffff:2.2.2.2", "::1"},
	}
	for _, test := range tests {
		var in []netip.Addr
		for _, text := range strings.Fields(test.in) {
			in = append(in, netip.MustParseAddr(text))
		}
		var out []string
		for _, ip := range interleave(in, test.network) {
			out = append(out, ip.String())
		}
		if got := strings.Join(out, " "); got != test.want {
			t.Errorf("%s: %s becomes %s, want %s", test.network, test.in, got, test.want)
		}
	}
}
