package snapshottest

import (
	"encoding/json"
	"sync"
	"testing"
	"time"

	"github.com/gohttpx/httpx"
)

// Follow takes a snapshot every so often (0: one after the other), until stop is
// called, and fails the test where one does not add up, where a total falls, or
// where one is not JSON. stop says how many there were.
func Follow(t testing.TB, pool *httpx.ConnectionPool, every time.Duration) (stop func() int) {
	t.Helper()
	done := make(chan struct{})
	var following sync.WaitGroup
	taken := 0
	following.Go(func() {
		var before httpx.TotalsSnapshot
		for next := time.Now(); ; next = next.Add(every) {
			select {
			case <-done:
				return
			case <-time.After(time.Until(next)):
			}
			s := pool.Snapshot()
			taken++
			if err := Check(&s); err != nil {
				t.Errorf("snapshot %d, %s, does not add up:\n%v", taken, s.Text, err)
				return
			}
			if falls(&before, &s.Totals) {
				t.Errorf("snapshot %d: totals fell from %+v to %+v", taken, before, s.Totals)
				return
			}
			before = s.Totals
			if _, err := json.Marshal(s); err != nil {
				t.Errorf("snapshot %d: %v", taken, err)
				return
			}
		}
	})
	return func() int {
		close(done)
		following.Wait()
		return taken
	}
}

// falls reports whether a total is less than it was.
func falls(before, now *httpx.TotalsSnapshot) bool {
	for reason, n := range before.Closed {
		if now.Closed[reason] < n {
			return true
		}
	}
	return now.Opened < before.Opened || now.DialFailures < before.DialFailures || now.Reused < before.Reused ||
		now.Waited < before.Waited || now.Rejected < before.Rejected || now.Replayed < before.Replayed
}
