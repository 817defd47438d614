package main

import (
	"context"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/gohttpx/httpx"
	"github.com/gohttpx/httpx/internal/redact"
	"github.com/spf13/cobra"
)

func newTraceCommand(t *terminal) *cobra.Command {
	o := new(options)
	cmd := &cobra.Command{
		Use:   "trace URL",
		Short: "Draw where the time of a request goes",
		Long: `Ask for a URL, and draw where the time went: one waterfall for each request that
redirects made of it, with the connection that carried it, whether that was
dialled or reused, and why. The body is read and thrown away.

The options are those of httpx URL.`,
		Example: `  httpx trace https://www.example.com/
  httpx trace --proxy socks5://127.0.0.1:1080 -d a=1 https://www.example.com/`,
		Args: exactArgs(1, "want one URL"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return runTrace(cmd.Context(), newGet(o, t), args[0])
		},
	}
	f := cmd.Flags()
	f.SortFlags = false
	o.addRequestFlags(cmd)
	o.addFieldFlags(cmd)
	f.BoolVar(&o.noRedirect, "no-redirect", false, "do not follow redirects")
	f.Var(&o.maxTime, "max-time", "give all of it `SECONDS`, or as 1m30s")
	o.addWayFlags(cmd)
	return cmd
}

func runTrace(ctx context.Context, g *get, rawURL string) error {
	req, err := g.request(rawURL)
	if err != nil {
		return err
	}
	o, err := g.clientOptions()
	if err != nil {
		return err
	}
	tr := new(trace)
	o.Middleware = append(o.Middleware, tr.watch)
	client := httpx.NewClient(o)
	defer client.Close()
	if limit := time.Duration(g.maxTime); limit > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, limit)
		defer cancel()
	}
	err = tr.fetch(ctx, client, req)
	text := drawing{painter: g.terminal.painter()}
	text.trace(tr)
	if _, writeErr := io.WriteString(g.terminal.out, text.String()); writeErr != nil {
		return localError{exitWriteOutput, fmt.Errorf("output: %w", writeErr)}
	}
	return err
}

// A trace is what was seen of one call: a hop, and one more for each redirect.
type trace struct {
	hops []*traced
	body int64 // bytes of the last hop's
}

// A traced is one hop as its transport saw it.
type traced struct {
	request string // method and URL
	began   time.Time
	res     *httpx.Response // nil where there is none
	err     error

	mu     sync.Mutex // guards events: those of a dial come from another goroutine
	events []httpx.Event
}

// fetch sends the request and reads the body to its end.
func (tr *trace) fetch(ctx context.Context, client *httpx.Client, req *httpx.Request) error {
	res, err := client.Send(ctx, req)
	if err != nil {
		return err
	}
	defer res.Close()
	tr.body, err = io.Copy(io.Discard, res.Body)
	if err != nil {
		tr.hops[len(tr.hops)-1].err = err
	}
	return err
}

// watch is the middleware that traces: innermost, where each hop goes out.
func (tr *trace) watch(next httpx.Transport) httpx.Transport {
	return httpx.Wrap(next, func(ctx context.Context, req *httpx.Request) (*httpx.Response, error) {
		watched := *req
		h := &traced{request: req.Method + " " + redact.URL(req.URL), began: time.Now()}
		tr.hops = append(tr.hops, h)
		watched.OnEvent = h.onEvent
		h.res, h.err = next.Send(ctx, &watched)
		return h.res, h.err
	})
}

func (h *traced) onEvent(e httpx.Event) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.events = append(h.events, e)
}

// seen are the events so far. A dial may outlive its request, and tell more.
func (h *traced) seen() []httpx.Event {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.events[:len(h.events):len(h.events)]
}
