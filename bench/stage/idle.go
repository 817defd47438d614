//go:build linux

package stage

import (
	"context"
	"fmt"

	"github.com/gohttpx/httpx/bench/client"
	"github.com/gohttpx/httpx/bench/trial"
)

// The scenarios whose server and framing idle connections are opened with.
const (
	idlePlain  = "tiny-64"
	idleSecure = "tls-64"
)

// An IdleResult is the memory of a client's idle connections.
type IdleResult struct {
	Client string
	IsTLS  bool
	trial.Idle
}

// HoldIdle measures the memory of so many idle connections, of each client that
// can hold them, plain and TLS.
func HoldIdle(ctx context.Context, connections int) ([]IdleResult, error) {
	plain, _ := trial.ScenarioNamed(idlePlain)
	secure, _ := trial.ScenarioNamed(idleSecure)
	var all []IdleResult
	for _, s := range []trial.Scenario{plain, secure} {
		for _, c := range client.Holders {
			result, err := holdIdle(ctx, s, c.Name, connections)
			if err != nil {
				return nil, fmt.Errorf("idle connections of %s: %w", c.Name, err)
			}
			all = append(all, IdleResult{c.Name, s.IsTLS, *result})
		}
	}
	return all, nil
}

// holdIdle has a server of its own, so that no connection of an earlier client
// is being closed meanwhile.
func holdIdle(ctx context.Context, s trial.Scenario, client string, connections int) (*trial.Idle, error) {
	servers, err := startServers([]trial.Scenario{s})
	if err != nil {
		return nil, err
	}
	defer servers.stop()
	spec := trial.IdleSpec{Spec: *servers.spec(s), Connections: connections}
	spec.Client = client
	var result trial.Idle
	if err := play(ctx, &result, 0, nil, roleIdle, &spec); err != nil {
		return nil, err
	}
	return &result, nil
}
