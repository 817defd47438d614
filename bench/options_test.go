//go:build linux

package main

import (
	"slices"
	"strings"
	"testing"

	"github.com/gohttpx/httpx/bench/client"
)

func TestParse(t *testing.T) {
	o, err := parse([]string{"-scenario", "tiny-64,tls", "-client", "fasthttp", "-rounds", "5", "-procs", "1,2", "idle", "table"})
	if err != nil {
		t.Fatal(err)
	}
	if len(o.scenarios) != 2 || o.scenarios[0].Name != "tiny-64" || o.scenarios[1].Name != "tls-64" {
		t.Errorf("the scenarios are %v", o.scenarios)
	}
	if len(o.clients) != 2 || o.clients[0].Name != "raw" || o.clients[1].Name != "fasthttp" {
		t.Errorf("the clients are %v, want raw and fasthttp", o.clients)
	}
	if !slices.Equal(o.threads, []int{1, 2}) {
		t.Errorf("GOMAXPROCS is %v, want 1 and 2", o.threads)
	}
	if o.rounds != 5 || strings.Join(o.commands, " ") != "idle table" {
		t.Errorf("%d rounds of %v", o.rounds, o.commands)
	}
}

func TestParseAll(t *testing.T) {
	o, err := parse([]string{"-o", t.TempDir(), "all"})
	if err != nil {
		t.Fatal(err)
	}
	if len(o.commands) != len(commands) || len(o.clients) != len(client.All()) {
		t.Errorf("all is %v with %d clients", o.commands, len(o.clients))
	}
}

func TestParseRefuses(t *testing.T) {
	for _, c := range []struct{ line, word string }{
		{"-scenario nothing", `"nothing"`},
		{"-client tiny", `"tiny"`},
		{"-rounds 0", "-rounds"},
		{"-procs 1,0", `"0"`},
		{"juggle", `"juggle"`},
	} {
		if _, err := parse(strings.Fields(c.line)); err == nil || !strings.Contains(err.Error(), c.word) {
			t.Errorf("%s: %v, want an error about %s", c.line, err, c.word)
		}
	}
}
