//go:build linux

package stage

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/gohttpx/httpx/bench/client"
	"github.com/gohttpx/httpx/bench/trial"
)

// A Plan says what is compared.
type Plan struct {
	Scenarios []trial.Scenario
	Clients   []client.Client
	Before    string // the program of another build, whose httpx clients take part too; empty: none
	Rounds    int
	Threads   int           // GOMAXPROCS of the clients; 0: one
	Warm      time.Duration // of each trial, not measured
	Duration  time.Duration // of each trial

	// Progress is told of each round that is over.
	Progress func(s trial.Scenario, round int)
}

// A contender is a client of one build.
type contender struct {
	name, client string
	program      []string // nil: this one
}

// before is what the name of a client of the other build ends with.
const before = ", before"

// contend is what takes part of clients.
func (p *Plan) contend(clients []client.Client) []contender {
	var all []contender
	for _, c := range clients {
		all = append(all, contender{name: c.Name, client: c.Name})
		if p.Before != "" && strings.HasPrefix(c.Name, "httpx") {
			all = append(all, contender{c.Name + before, c.Name, []string{p.Before}})
		}
	}
	return all
}

// Names are those by which the outcomes know who takes part.
func (p *Plan) Names() []string {
	var names []string
	for _, c := range p.contend(p.Clients) {
		names = append(names, c.name)
	}
	return names
}

// Outcomes are the results of a plan: by the name of the scenario, then by that
// of the client, one a round. A client that a scenario does not suit has none.
type Outcomes map[string]map[string][]trial.Result

// Run carries the plan out: round by round, all clients in each round, so that
// what disturbs the machine disturbs all of them; and each round begins with
// another client.
func Run(ctx context.Context, p *Plan) (Outcomes, error) {
	servers, err := startServers(p.Scenarios)
	if err != nil {
		return nil, err
	}
	defer servers.stop()
	outcomes := make(Outcomes)
	for _, s := range p.Scenarios {
		results := make(map[string][]trial.Result)
		outcomes[s.Name] = results
		contenders := p.contend(suited(p.Clients, s))
		for round := range p.Rounds {
			for i := range contenders {
				c := contenders[(i+round)%len(contenders)]
				spec := servers.spec(s)
				spec.Client, spec.Threads, spec.Warm, spec.Duration = c.client, p.Threads, p.Warm, p.Duration
				result, err := try(ctx, spec, c.program)
				if err != nil {
					return nil, fmt.Errorf("%s, round %d: %w", c.name, round+1, err)
				}
				results[c.name] = append(results[c.name], *result)
			}
			if p.Progress != nil {
				p.Progress(s, round+1)
			}
		}
	}
	return outcomes, nil
}

// suited leaves out those who would not do what the scenario is about.
func suited(clients []client.Client, s trial.Scenario) []client.Client {
	var some []client.Client
	for _, c := range clients {
		if (c.TakesContext || !s.Cancellable) && !(c.PlainOnly && (s.IsTLS || s.Once)) {
			some = append(some, c)
		}
	}
	return some
}

// servers are those that the scenarios need; each is nil where none does.
type servers struct {
	plain, secure *Server
	host          byte
}

func startServers(scenarios []trial.Scenario) (*servers, error) {
	s := new(servers)
	for _, scenario := range scenarios {
		var err error
		switch {
		case scenario.IsTLS && s.secure == nil:
			s.secure, err = StartTLS()
		case !scenario.IsTLS && s.plain == nil:
			s.plain, err = StartPlain()
		}
		if err != nil {
			s.stop()
			return nil, err
		}
	}
	return s, nil
}

func (s *servers) stop() {
	for _, one := range []*Server{s.plain, s.secure} {
		if one != nil {
			one.Stop()
		}
	}
}

// spec begins the spec of a trial. Each trial that opens connections by the
// thousand has an address of its own, whose ports are all free.
func (s *servers) spec(scenario trial.Scenario) *trial.Spec {
	spec := &trial.Spec{Scenario: scenario.Name}
	switch {
	case scenario.IsTLS:
		spec.Address, spec.Trust = s.secure.Address(1), s.secure.Trust
	case scenario.Once:
		s.host = s.host%250 + 2
		spec.Address = s.plain.Address(s.host)
	default:
		spec.Address = s.plain.Address(1)
	}
	return spec
}
