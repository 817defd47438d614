package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"
)

func newDemoCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "demo",
		Short: "Show the four floors of the library, without any network",
		Long: `Show the four floors of the library, without any network.

The demo starts origins of its own on this machine's loopback, talks to them
through a network stream, a Connection, a ConnectionPool and a Client, and prints
what each looks like after each step. It takes about a second.`,
		Args: exactArgs(0, "demo takes no arguments"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return runDemo(cmd.Context(), cmd.OutOrStdout())
		},
	}
}

// A demonstration walks the four floors, from the bottom up.
type demonstration struct {
	*page
	ctx     context.Context
	origins *demoOrigins
}

func runDemo(ctx context.Context, w io.Writer) (err error) {
	origins, err := startOrigins()
	if err != nil {
		return fmt.Errorf("demo: %w", err)
	}
	defer func() { err = errors.Join(err, origins.close()) }()

	d := &demonstration{page: &page{w: w}, ctx: ctx, origins: origins}
	d.begin()
	for _, floor := range []struct {
		name string
		show func() error
	}{
		{"network stream", d.showStream},
		{"Connection", d.showConnection},
		{"a tunnel", d.showTunnel},
		{"ConnectionPool", d.showPool},
		{"a pool of two", d.showWaiting},
		{"a WebSocket", d.showWebSocket},
		{"Client", d.showClient},
	} {
		if err := floor.show(); err != nil {
			return fmt.Errorf("demo: %s: %w", floor.name, err)
		}
		if d.err != nil {
			return fmt.Errorf("demo: %w", d.err)
		}
	}
	d.end()
	return d.err
}

func (d *demonstration) begin() {
	d.printf("httpx: an HTTP client for Go whose connections you can see and hold.\n\n")
	d.printf("What follows happens now, against five servers on this machine. On the left is\n")
	d.printf("what was done (contexts, options and errors left out), on the right what it\n")
	d.printf("looks like after that.\n\n")
	d.printf("  plain  := %q\n", d.origins.plain)
	d.printf("  secure := %q   // with a certificate made just now\n", d.origins.secure)
	d.printf("  slow   := %q    // takes its time\n", d.origins.slow)
	d.printf("  brief  := %q    // soon closes what is idle\n", d.origins.brief)
	d.printf("  proxy  := %q    // opens tunnels\n", d.origins.proxy)
}

func (d *demonstration) end() {
	d.printf("\nEverything is closed again. Now try:  httpx -v https://www.example.com/\n")
}

// patience is how long the demo waits for what must happen soon.
const patience = 10 * time.Second

// until waits for what other goroutines or the servers are about to do.
func (d *demonstration) until(happened func() bool) error {
	end := time.After(patience)
	look := time.NewTicker(time.Millisecond)
	defer look.Stop()
	for !happened() {
		select {
		case <-look.C:
		case <-end:
			return fmt.Errorf("not as expected after %v", patience)
		case <-d.ctx.Done():
			return d.ctx.Err()
		}
	}
	return nil
}
