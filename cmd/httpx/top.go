package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/gohttpx/httpx"
	"github.com/gohttpx/httpx/internal/redact"
	"github.com/spf13/cobra"
)

func newTopCommand(t *terminal) *cobra.Command {
	o := new(options)
	var once bool
	cmd := &cobra.Command{
		Use:   "top URL",
		Short: "Watch the pool of a running program",
		Long: `Watch the pool of a running program, by the page of package inspect that it
serves: counts, limits, origins, connections and who waits, each second.

q or Ctrl-C ends it. Where the output is no terminal, or with --once, it is
written once.`,
		Example: `  httpx top http://localhost:6060/debug/httpx/`,
		Args:    exactArgs(1, "want the URL of the page of package inspect"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return runTop(cmd.Context(), newGet(o, t), once, args[0])
		},
	}
	f := cmd.Flags()
	f.SortFlags = false
	f.BoolVar(&once, "once", false, "write what there is now, and end")
	o.addFieldFlags(cmd)
	o.addWayFlags(cmd)
	return cmd
}

func runTop(ctx context.Context, g *get, once bool, page string) error {
	source, err := snapshotURL(page)
	if err != nil {
		return err
	}
	req, err := g.request(source)
	if err != nil {
		return err
	}
	client, err := g.client()
	if err != nil {
		return err
	}
	defer client.Close()
	top := &top{
		terminal: g.terminal,
		page:     strings.TrimSuffix(redact.URL(req.URL), snapshotFile),
		fetch:    func(ctx context.Context) (*httpx.PoolSnapshot, error) { return fetchSnapshot(ctx, client, req) },
	}
	if once || !g.terminal.outIsScreen {
		return top.once(ctx)
	}
	return top.live(ctx)
}

const snapshotFile = "snapshot.json"

// snapshotURL is that of the snapshot on a page of package inspect.
func snapshotURL(page string) (string, error) {
	u, err := parseURL(page)
	if err != nil {
		return "", err
	}
	if !strings.HasSuffix(u.Path, "/"+snapshotFile) {
		u = u.JoinPath(snapshotFile)
	}
	return u.String(), nil
}

// maxSnapshot bounds a snapshot, and fetchTime how long one may take.
const (
	maxSnapshot = 64 << 20
	fetchTime   = 5 * time.Second
)

func fetchSnapshot(ctx context.Context, client *httpx.Client, req *httpx.Request) (*httpx.PoolSnapshot, error) {
	ctx, cancel := context.WithTimeout(ctx, fetchTime)
	defer cancel()
	res, err := client.Send(ctx, req)
	if err != nil {
		return nil, err
	}
	defer res.Close()
	if res.StatusCode != http.StatusOK {
		return nil, localError{exitHTTPError, fmt.Errorf("%s: %d %s", redact.URL(res.Request.URL), res.StatusCode, http.StatusText(res.StatusCode))}
	}
	s := new(httpx.PoolSnapshot)
	if err := json.NewDecoder(io.LimitReader(res.Body, maxSnapshot)).Decode(s); err != nil {
		return nil, localError{exitBadAnswer, fmt.Errorf("%s is no snapshot of a pool: %w", redact.URL(res.Request.URL), err)}
	}
	return s, nil
}

// A top shows a pool.
type top struct {
	*terminal
	page  string
	fetch func(context.Context) (*httpx.PoolSnapshot, error)

	before *httpx.PoolSnapshot // the one that was shown before
}

func (t *top) once(ctx context.Context) error {
	s, err := t.fetch(ctx)
	if err != nil {
		return err
	}
	return t.write(t.frame(s, nil, t.painter()))
}

// refresh is how often the picture is renewed.
const refresh = time.Second

// The screen is changed by these of ANSI's sequences: another one than the
// shell's is used while the pool is watched, and no cursor shown.
const (
	enterScreen = "\x1b[?1049h\x1b[?25l"
	leaveScreen = "\x1b[?25h\x1b[?1049l"
	goHome      = "\x1b[H"
	clearLine   = "\x1b[K"
	clearRest   = "\x1b[J"
)

// live shows frame after frame until a key or ctx ends it.
func (t *top) live(ctx context.Context) (err error) {
	ctx, end := context.WithCancel(ctx)
	defer end()
	if t.rawKeys != nil {
		restore, err := t.rawKeys()
		if err != nil {
			return localError{exitReadInput, fmt.Errorf("terminal: %w", err)}
		}
		defer restore()
		go endWithKey(t.in, end)
	}
	if err := t.write(enterScreen); err != nil {
		return err
	}
	defer func() {
		if left := t.write(leaveScreen); err == nil {
			err = left
		}
	}()
	tick := time.NewTicker(refresh)
	defer tick.Stop()
	for {
		s, err := t.fetch(ctx)
		if ctx.Err() != nil {
			return nil
		}
		if err := t.write(t.onScreen(t.frame(s, err, t.painter()))); err != nil {
			return err
		}
		if s != nil {
			t.before = s
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return nil
		}
	}
}

// endWithKey reads keys until q or Ctrl-C. A read that is under way at the end
// stays behind: nothing can end it but the process.
func endWithKey(keys io.Reader, end func()) {
	const ctrlC = 3
	key := make([]byte, 1)
	for {
		n, err := keys.Read(key)
		if n > 0 && (key[0] == 'q' || key[0] == 'Q' || key[0] == ctrlC) || err == io.EOF {
			end()
		}
		if err != nil {
			return
		}
	}
}

// onScreen fits a frame to the screen, and puts it over the one before.
func (t *top) onScreen(frame string) string {
	columns, rows := 80, 24
	if t.size != nil {
		columns, rows = t.size()
	}
	lines := strings.Split(strings.TrimSuffix(frame, "\n"), "\n")
	if len(lines) > rows {
		more := len(lines) - rows + 1
		lines = append(lines[:rows-1], fmt.Sprintf("... %s more", count(more, "line")))
	}
	var b strings.Builder
	b.WriteString(goHome)
	for i, line := range lines {
		if i > 0 {
			b.WriteString("\r\n")
		}
		b.WriteString(cut(line, columns) + clearLine)
	}
	b.WriteString(clearRest)
	return b.String()
}

// cut shortens a line to so many columns. Escape sequences take none.
func cut(line string, columns int) string {
	var used int
	var isEscape bool
	for i, r := range line {
		switch {
		case r == '\x1b':
			isEscape = true
		case isEscape:
			isEscape = r != 'm'
		case used == columns:
			rest := line[i:]
			if strings.Contains(rest, "\x1b[0m") {
				return line[:i] + "\x1b[0m"
			}
			return line[:i]
		default:
			used++
		}
	}
	return line
}

func (t *top) write(text string) error {
	if _, err := io.WriteString(t.out, text); err != nil {
		return localError{exitWriteOutput, fmt.Errorf("output: %w", err)}
	}
	return nil
}
