package trial

import "time"

// A Spec says what a process measures. It is passed as JSON.
type Spec struct {
	Client   string
	Scenario string
	Address  string // of the server
	Trust    []byte // its certificate, where it speaks TLS

	Threads  int           // GOMAXPROCS; 0: one
	Warm     time.Duration // not measured
	Duration time.Duration // measured
	Requests int           // in place of both: as many as this, for what is counted from outside
	Profile  string        // a file for a CPU profile of what is measured; empty: none
}

// A Result is what a process measured. Times are in nanoseconds, and those of a
// request are the process's divided by the requests.
type Result struct {
	Requests int
	Wall     time.Duration
	CPU      time.Duration // user and system, of the whole process
	P50, P99 time.Duration // of one request, as its caller saw it
	Allocs   float64       // per request
	Bytes    float64       // allocated, per request
}

// PerRequest is the CPU time of one request, in nanoseconds.
func (r *Result) PerRequest() float64 { return float64(r.CPU) / float64(r.Requests) }

// Rate is the requests per second.
func (r *Result) Rate() float64 { return float64(r.Requests) / r.Wall.Seconds() }
