package main

import (
	"bytes"
	"context"
	"io"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/gohttpx/httpx/internal/leaktest"
)

func TestMain(m *testing.M) {
	// The proxies of whoever runs the tests are not part of them.
	for _, name := range []string{"HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"} {
		os.Unsetenv(name)
		os.Unsetenv(strings.ToLower(name))
	}
	leaktest.Main(m)
}

// An invocation is one run of the command, and what came of it.
type invocation struct {
	terminal terminal // in, out and err are made by run
	stdin    string

	status   int
	out, err string
}

// run carries out a command line.
func (i *invocation) run(ctx context.Context, args ...string) {
	var out, err bytes.Buffer
	i.terminal.in = strings.NewReader(i.stdin)
	i.terminal.out, i.terminal.err = &out, &err
	i.status = run(ctx, args, &i.terminal)
	i.out, i.err = out.String(), err.String()
}

// invoke runs the command as a script does, without a terminal.
func invoke(t *testing.T, args ...string) *invocation {
	t.Helper()
	i := new(invocation)
	i.run(t.Context(), args...)
	return i
}

// want fails the test unless the run ended as it should.
func (i *invocation) want(t *testing.T, status int, out string) {
	t.Helper()
	if i.status != status {
		t.Errorf("exit status %d, want %d; standard error:\n%s", i.status, status, i.err)
	}
	if i.out != out {
		t.Errorf("standard output is %q, want %q", i.out, out)
	}
}

// wantComplaint fails the test unless standard error is one line that contains
// each of the words.
func (i *invocation) wantComplaint(t *testing.T, words ...string) {
	t.Helper()
	if !strings.HasPrefix(i.err, "httpx: ") || strings.Count(i.err, "httpx: ") > 2 {
		t.Errorf("standard error does not say who complains, once: %q", i.err)
	}
	for _, word := range words {
		if !strings.Contains(i.err, word) {
			t.Errorf("standard error lacks %q: %q", word, i.err)
		}
	}
}

// varying is what differs from one run to the next.
var varying = []struct {
	pattern *regexp.Regexp
	with    string
}{
	{regexp.MustCompile(`\b127\.0\.0\.1:\d+`), "127.0.0.1:PORT"},
	{regexp.MustCompile(`\b\d+(\.\d+)?(ns|µs|ms|s)\b`), "TIME"},
	{regexp.MustCompile(`(?m)Date: .*$`), "Date: DATE"},
	{regexp.MustCompile(`\b[cC]onnection \d+\b`), "connection N"},
	{regexp.MustCompile(`TLS_\w+`), "CIPHER"},
	{regexp.MustCompile(`\bcertificate until [-\d]+`), "certificate until DATE"},
	{regexp.MustCompile(`(?m)\bdial tcp .*$`), "CAUSE"}, // in the words of the system
	{regexp.MustCompile(`\bgohttpx/[.\d]+`), "gohttpx/VERSION"},
	{regexp.MustCompile(`Accept-Encoding: .*`), "Accept-Encoding: CODINGS"},
}

// steady replaces what differs from one run to the next.
func steady(text string) string {
	for _, v := range varying {
		text = v.pattern.ReplaceAllString(text, v.with)
	}
	return text
}

// failingWriter is a full disk, or a pipe that nobody reads.
type failingWriter struct{}

func (failingWriter) Write([]byte) (int, error) { return 0, io.ErrShortWrite }
