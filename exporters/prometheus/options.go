package prometheus

import "github.com/prometheus/client_golang/prometheus"

// Options says what a Collector shows. The zero value means the defaults.
type Options struct {
	// ConstLabels are put on every metric. Where several pools are in one
	// registry they tell them apart, and must have the same names.
	ConstLabels prometheus.Labels

	// MaxOrigins is how many origins get series of their own (50); those
	// beyond are added up as the origin "other". The first ones that are seen
	// keep their places, so that the number of series is bounded for good,
	// however many origins come and go. httpx.None shows no origins,
	// httpx.Unlimited all.
	MaxOrigins int

	// Observe adds the histograms and counters that only the events of the
	// pool can fill. Close ends it.
	Observe bool

	// Buckets are the upper bounds of the histograms of phases, in seconds
	// and ascending (0.1 ms to 10 s).
	Buckets []float64
}

const defaultMaxOrigins = 50

var defaultBuckets = []float64{.0001, .00025, .0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10}

// lifetimeBuckets are for connections, which live for seconds or for days.
var lifetimeBuckets = []float64{.1, 1, 10, 30, 60, 120, 300, 900, 3600, 4 * 3600, 24 * 3600}

// resolve puts every default in its place.
func (o *Options) resolve() Options {
	var r Options
	if o != nil {
		r = *o
	}
	if r.MaxOrigins == 0 {
		r.MaxOrigins = defaultMaxOrigins
	}
	if r.Buckets == nil {
		r.Buckets = defaultBuckets
	}
	return r
}
