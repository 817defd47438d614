//go:build unix

package trial

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"os"
	"runtime"
	"runtime/pprof"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gohttpx/httpx/bench/client"
)

// Measure does what the spec says, in this process.
func Measure(spec *Spec) (*Result, error) {
	scenario, ok := ScenarioNamed(spec.Scenario)
	if !ok {
		return nil, fmt.Errorf("no scenario %q", spec.Scenario)
	}
	c, err := client.Named(spec.Client)
	if err != nil {
		return nil, err
	}
	target, err := targetOf(spec, &scenario)
	if err != nil {
		return nil, err
	}
	session, err := c.Open(target)
	if err != nil {
		return nil, err
	}
	defer session.Close()
	workers, err := hire(session, &scenario)
	if err != nil {
		return nil, err
	}
	defer workers.dismiss()
	if spec.Requests > 0 {
		return workers.count(spec.Requests)
	}
	if _, err := workers.run(spec.Warm, ""); err != nil {
		return nil, err
	}
	return workers.run(spec.Duration, spec.Profile)
}

func targetOf(spec *Spec, s *Scenario) (client.Target, error) {
	t := client.Target{
		URL:         "http://" + spec.Address + s.Path,
		Address:     spec.Address,
		Path:        s.Path,
		Callers:     s.Callers,
		Connections: s.Connections,
		Once:        s.Once,
	}
	if s.Post > 0 {
		t.Post = make([]byte, s.Post)
		for i := range t.Post {
			t.Post[i] = 'a' + byte(i%26)
		}
	}
	if s.IsTLS {
		t.URL = "https://" + spec.Address + s.Path
		certificate, err := x509.ParseCertificate(spec.Trust)
		if err != nil {
			return t, fmt.Errorf("the server's certificate: %w", err)
		}
		t.TLS = &tls.Config{RootCAs: x509.NewCertPool(), ServerName: "127.0.0.1"}
		t.TLS.RootCAs.AddCert(certificate)
	}
	return t, nil
}

// crew is the callers of a scenario.
type crew struct {
	scenario *Scenario
	workers  []worker
	stop     atomic.Bool
}

type worker struct {
	call     client.Caller
	cancel   context.CancelFunc // nil, or never called before the end
	requests int
	took     []time.Duration // of some requests
	err      error
}

// Of how many requests of a worker one is timed, and of how many it may be: the
// clock would cost as much as a tenth of the fastest request.
const (
	timedEvery = 8
	maxTimed   = 64 << 10
)

func hire(session client.Session, s *Scenario) (*crew, error) {
	c := &crew{scenario: s, workers: make([]worker, s.Callers)}
	for i := range c.workers {
		ctx := context.Background()
		if s.Cancellable {
			// One for each caller, as the handler of a server has it.
			ctx, c.workers[i].cancel = context.WithCancel(ctx)
		}
		call, err := session.Caller(ctx)
		if err != nil {
			return nil, err
		}
		c.workers[i].call = call
		c.workers[i].took = make([]time.Duration, 0, maxTimed/s.Callers)
	}
	return c, nil
}

// dismiss ends the contexts of the callers.
func (c *crew) dismiss() {
	for i := range c.workers {
		if cancel := c.workers[i].cancel; cancel != nil {
			cancel()
		}
	}
}

// once sends a request and checks the answer.
func (w *worker) once(s *Scenario) error {
	status, n, err := w.call()
	if err != nil {
		return err
	}
	if status != 200 || n != s.Length {
		return fmt.Errorf("status %d with a body of %d bytes, want 200 with %d", status, n, s.Length)
	}
	w.requests++
	return nil
}

// work sends requests until the crew stops.
func (w *worker) work(c *crew) {
	for !c.stop.Load() {
		if w.requests%timedEvery != 0 || len(w.took) == cap(w.took) {
			if w.err = w.once(c.scenario); w.err != nil {
				return
			}
			continue
		}
		start := time.Now()
		if w.err = w.once(c.scenario); w.err != nil {
			return
		}
		w.took = append(w.took, time.Since(start))
	}
}

// run lets all work for a while and says what it took.
func (c *crew) run(d time.Duration, profile string) (*Result, error) {
	c.stop.Store(false)
	for i := range c.workers {
		c.workers[i].requests, c.workers[i].took = 0, c.workers[i].took[:0]
	}
	if profile != "" {
		f, err := os.Create(profile)
		if err != nil {
			return nil, err
		}
		defer f.Close()
		if err := pprof.StartCPUProfile(f); err != nil {
			return nil, err
		}
		defer pprof.StopCPUProfile()
	}
	runtime.GC()
	var memory [2]runtime.MemStats
	runtime.ReadMemStats(&memory[0])
	before, err := processorTime()
	if err != nil {
		return nil, err
	}
	start := time.Now()
	timer := time.AfterFunc(d, func() { c.stop.Store(true) })
	defer timer.Stop()
	var all sync.WaitGroup
	for i := range c.workers {
		all.Go(func() { c.workers[i].work(c) })
	}
	all.Wait()
	wall := time.Since(start)
	after, err := processorTime()
	if err != nil {
		return nil, err
	}
	runtime.ReadMemStats(&memory[1])
	return c.result(wall, after-before, memory)
}

func (c *crew) result(wall, cpu time.Duration, memory [2]runtime.MemStats) (*Result, error) {
	r := &Result{Wall: wall, CPU: cpu}
	var took []time.Duration
	for i := range c.workers {
		w := &c.workers[i]
		if w.err != nil {
			return nil, fmt.Errorf("caller %d, request %d: %w", i, w.requests, w.err)
		}
		r.Requests += w.requests
		took = append(took, w.took...)
	}
	if r.Requests == 0 {
		return nil, fmt.Errorf("no request within %v", wall)
	}
	r.Allocs = float64(memory[1].Mallocs-memory[0].Mallocs) / float64(r.Requests)
	r.Bytes = float64(memory[1].TotalAlloc-memory[0].TotalAlloc) / float64(r.Requests)
	slices.Sort(took)
	if n := len(took); n > 0 {
		r.P50, r.P99 = took[n/2], took[n*99/100]
	}
	return r, nil
}

// count has so many requests sent, each caller its share.
func (c *crew) count(requests int) (*Result, error) {
	var all sync.WaitGroup
	share := max(1, requests/len(c.workers))
	for i := range c.workers {
		all.Go(func() {
			w := &c.workers[i]
			for range share {
				if w.err = w.once(c.scenario); w.err != nil {
					return
				}
			}
		})
	}
	all.Wait()
	r := &Result{Requests: share * len(c.workers)}
	for i := range c.workers {
		if err := c.workers[i].err; err != nil {
			return nil, fmt.Errorf("caller %d: %w", i, err)
		}
	}
	return r, nil
}
