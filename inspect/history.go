package inspect

import (
	"time"

	"github.com/gohttpx/httpx"
)

// A sample is a point of the page's chart, and goes over the wire as an array.
type sample [sampleFields]int64

// The fields of a sample.
const (
	sampleTime = iota // µs since 1970
	sampleConnecting
	sampleActive
	sampleIdle
	sampleUpgraded
	sampleWaiting
	sampleLeases // since the pool was made: what was opened, and what was reused
	sampleFields
)

// historySize is five minutes at four samples a second.
const historySize = 5 * 60 * 4

// sampleOf takes the point of a chart from a snapshot.
func sampleOf(s *httpx.PoolSnapshot) sample {
	return sample{
		sampleTime:       micros(s.Time),
		sampleConnecting: int64(s.Counts.Connecting),
		sampleActive:     int64(s.Counts.Active),
		sampleIdle:       int64(s.Counts.Idle),
		sampleUpgraded:   int64(s.Counts.Upgraded),
		sampleWaiting:    int64(s.Counts.Waiting),
		sampleLeases:     int64(s.Totals.Opened + s.Totals.Reused),
	}
}

// samplesSince returns the samples of a history after t, oldest first.
func samplesSince(history *ring[sample], t int64) []sample {
	all := history.all()
	for i, s := range all {
		if s[sampleTime] > t {
			return all[i:]
		}
	}
	return nil
}

// micros is a time as the page gets it: µs since 1970, which a float64 holds
// exactly.
func micros(t time.Time) int64 { return t.UnixMicro() }
