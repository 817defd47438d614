package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"

	"github.com/gohttpx/httpx"
	"github.com/gohttpx/httpx/internal/redact"
	"github.com/spf13/cobra"
)

const getLong = `Ask for a URL, and write the body of the response to standard output.

The options are curl's, as far as they go. Without a scheme a URL gets http://.
Redirects are followed, up to 20 in a row, and encoded bodies are decoded. The
exit status is 0 only when a response was received whole; docs/cli.md lists the
others.`

const getExample = `  httpx https://www.example.com/
  httpx -v --json '{"name": "Ada"}' https://www.example.com/people
  httpx -o page.html --max-time 10 www.example.com
  httpx --proxy socks5://127.0.0.1:1080 https://www.example.com/`

// options is what the command line says about a request.
type options struct {
	method  string
	headers []string
	data    data
	head    bool // HEAD, and show the head of the response

	user      string // name:password
	userAgent string

	noRedirect bool
	insecure   bool
	cacert     string
	proxies    []string
	noProxy    string

	connectTimeout seconds
	maxTime        seconds

	output        string
	removeOnError bool
	include       bool // the head, before the body
	fail          bool // HTTP errors are failures
	silent        bool // no progress bar
	verbose       bool
}

func newGetCommand(t *terminal) *cobra.Command {
	o := new(options)
	cmd := &cobra.Command{
		Use:     "httpx URL",
		Short:   "Ask for a URL, and see the connection",
		Long:    getLong,
		Example: getExample,
		Args:    exactArgs(1, "want one URL"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return newGet(o, t).run(cmd.Context(), args[0])
		},
	}
	f := cmd.Flags()
	f.SortFlags = false
	o.addRequestFlags(cmd)
	o.addFieldFlags(cmd)

	f.StringVarP(&o.output, "output", "o", "", "write the body to `FILE`; - is standard output, a terminal too")
	f.BoolVar(&o.removeOnError, "remove-on-error", false, "remove the file of --output when it did not come whole")
	f.BoolVarP(&o.include, "include", "i", false, "write the head of the response before its body")
	o.addVerboseFlag(cmd)
	f.BoolVarP(&o.silent, "silent", "s", false, "show no progress bar")
	f.BoolVarP(&o.fail, "fail", "f", false, "fail, without a body, where the status is 400 or above")

	f.BoolVar(&o.noRedirect, "no-redirect", false, "do not follow redirects")
	f.Var(&o.maxTime, "max-time", "give all of it `SECONDS`, or as 1m30s")
	o.addWayFlags(cmd)

	// What curl's users type, and what is so here anyway.
	for _, habit := range []struct{ name, short string }{
		{"location", "L"}, {"show-error", "S"}, {"compressed", ""},
	} {
		f.BoolP(habit.name, habit.short, true, "as it is anyway")
		f.MarkHidden(habit.name) // its only error is an unknown name
	}
	return cmd
}

// A get is one request, from the command line to the last byte of the response.
type get struct {
	*options
	terminal *terminal
	story    *story
}

func newGet(o *options, t *terminal) *get {
	return &get{options: o, terminal: t, story: &story{w: t.err}}
}

func (g *get) run(ctx context.Context, rawURL string) error {
	req, err := g.request(rawURL)
	if err != nil {
		return err
	}
	client, err := g.client()
	if err != nil {
		return err
	}
	defer client.Close()
	if limit := time.Duration(g.maxTime); limit > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, limit)
		defer cancel()
	}
	var res *httpx.Response
	if g.verbose {
		defer func() { g.story.end(res) }()
	}
	if res, err = client.Send(ctx, req); err != nil {
		return err
	}
	defer res.Close()
	return g.deliver(res)
}

// deliver writes the response to where it should go.
func (g *get) deliver(res *httpx.Response) error {
	if g.fail && res.StatusCode >= 400 {
		return localError{exitHTTPError, fmt.Errorf("%s %s: %d %s", res.Request.Method, redact.URL(res.Request.URL), res.StatusCode, http.StatusText(res.StatusCode))}
	}
	out, err := g.openOutput()
	if err != nil {
		return err
	}
	err = g.write(out, res)
	if closeErr := out.close(); err == nil {
		err = closeErr
	}
	if err != nil {
		return out.leave(g.removeOnError, interrupted(err))
	}
	return nil
}

func (g *get) write(out *output, res *httpx.Response) error {
	if g.include || g.head {
		for _, earlier := range res.History {
			if err := writeHead(out, earlier); err != nil {
				return err
			}
		}
		if err := writeHead(out, res); err != nil {
			return err
		}
	}
	var w io.Writer = out
	if g.output == "" && g.terminal.outIsScreen {
		w = &screen{Writer: out}
	}
	if g.showsProgress() {
		p := newProgress(w, g.terminal.err, bodySize(res))
		defer p.close()
		w = p
	}
	_, err := io.Copy(w, res.Body)
	return err
}

// showsProgress: where a person waits, and neither the body nor the story goes
// to the screen.
func (g *get) showsProgress() bool {
	toScreen := g.terminal.outIsScreen && (g.output == "" || g.output == "-")
	return g.terminal.errIsScreen && !toScreen && !g.silent && !g.verbose
}

// bodySize is how many bytes the body will have, -1 where that is not known.
func bodySize(res *httpx.Response) int64 {
	n, err := strconv.ParseInt(res.Headers.Get("Content-Length"), 10, 64)
	if err != nil {
		return -1
	}
	return n
}
