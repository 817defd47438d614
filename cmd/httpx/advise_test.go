package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// newTrace writes a trace of two requests, one connection having been allowed.
func newTrace(t *testing.T) (file, text string) {
	t.Helper()
	text = `{"kind":"limits","limits":{"max_connections":1,"max_connections_per_origin":1,"max_idle":1,"max_waiting":9,"idle_timeout":90000000000,"max_age":-1,"acquire_timeout":30000000000}}
{"kind":"request","at":0,"origin":"http://a","wait":0,"connection":1,"reused":false,"dial":{"took":0},"hold":1000000000,"outcome":"served"}
{"kind":"request","at":500000000,"origin":"http://a","wait":500000000,"connection":1,"reused":true,"hold":1000000000,"outcome":"served"}
`
	file = filepath.Join(t.TempDir(), "trace.jsonl")
	writeFile(t, file, text)
	return file, text
}

func TestAdvise(t *testing.T) {
	file, text := newTrace(t)
	i := invoke(t, "advise", file)
	if i.status != exitOK || i.err != "" {
		t.Fatalf("exit status %d: %s", i.status, i.err)
	}
	for _, line := range []string{
		"2 requests to 1 origin in 2s",
		"  *               1       2   0s  500ms  500ms        0      1        0     1    0s     0 B",
		"                  2       2   0s     0s     0s        0      2        0     2  1.5s  1920 B",
	} {
		if !strings.Contains(i.out, line+"\n") {
			t.Errorf("it lacks %q:\n%s", line, i.out)
		}
	}
	piped := &invocation{stdin: text}
	piped.run(t.Context(), "advise", "-")
	piped.want(t, exitOK, i.out)
}

func TestAdviseOnValues(t *testing.T) {
	file, _ := newTrace(t)
	i := invoke(t, "advise", "--max-connections", "1, 2", "--max-connections", "none", "--idle-timeout", "0.1,1m", file)
	if i.status != exitOK || i.err != "" {
		t.Fatalf("exit status %d: %s", i.status, i.err)
	}
	for _, line := range []string{
		"     MaxConnections  IdleTimeout  waited",
		"                  1        100ms       2",
		"                  1         1m0s       2",
		"                  2        100ms       2",
		"               none         1m0s       2",
	} {
		if !strings.Contains(i.out, line) {
			t.Errorf("it lacks %q:\n%s", line, i.out)
		}
	}
}

func TestAdviseDraws(t *testing.T) {
	file, _ := newTrace(t)
	svg := filepath.Join(t.TempDir(), "limits.svg")
	invoke(t, "advise", "--svg", svg, file).want(t, exitOK, invoke(t, "advise", file).out)
	if text := readFile(t, svg); !strings.HasPrefix(text, "<svg ") || !strings.HasSuffix(text, "</svg>\n") {
		t.Errorf("the file holds %.100q", text)
	}
}

func TestAdviseFails(t *testing.T) {
	file, _ := newTrace(t)
	broken := filepath.Join(t.TempDir(), "broken.jsonl")
	writeFile(t, broken, "{}\n")
	for _, test := range []struct {
		name   string
		args   []string
		status int
		says   []string
	}{
		{"no file", nil, exitUsage, []string{"one file"}},
		{"a file that is not there", []string{"/does/not/exist"}, exitReadInput, []string{"/does/not/exist"}},
		{"another file", []string{broken}, exitReadInput, []string{broken, "line 1", "kind"}},
		{"an empty file", []string{os.DevNull}, exitReadInput, []string{"no request"}},
		{"no number", []string{"--max-idle", "few", file}, exitUsage, []string{"few", "none"}},
		{"no time", []string{"--idle-timeout", "long", file}, exitUsage, []string{"long"}},
		{"no connection at all", []string{"--max-connections", "0", file}, exitUsage, []string{"MaxConnections 0"}},
		{"a drawing of values", []string{"--svg", "x.svg", "--max-idle", "1", file}, exitUsage, []string{"--svg"}},
		{"no file to draw to", []string{"--svg", "/does/not/exist.svg", file}, exitWriteOutput, []string{"/does/not/exist.svg"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			i := invoke(t, append([]string{"advise"}, test.args...)...)
			i.want(t, test.status, "")
			i.wantComplaint(t, test.says...)
		})
	}
	if status := run(t.Context(), []string{"advise", file}, &terminal{out: failingWriter{}, err: new(strings.Builder)}); status != exitWriteOutput {
		t.Errorf("exit status %d", status)
	}
}
