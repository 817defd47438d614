package main

import (
	"context"
	"strings"
	"testing"

	"github.com/gohttpx/httpx/internal/leaktest"
)

func TestDemo(t *testing.T) {
	leaktest.Check(t)
	i := invoke(t, "demo")
	if i.status != exitOK || i.err != "" {
		t.Fatalf("exit status %d: %s", i.status, i.err)
	}
	wantGolden(t, "demo.txt", i.out)
	wantColumns(t, i.out)
}

// wantColumns fails the test unless the text forms stand below each other.
func wantColumns(t *testing.T, page string) {
	t.Helper()
	var seen int
	for line := range strings.Lines(page) {
		left, right, ok := strings.Cut(strings.TrimRight(line, "\n"), "<")
		if !ok || !strings.HasPrefix(line, "  ") || strings.HasPrefix(line, "   ") && strings.TrimSpace(left) != "" {
			continue
		}
		left = strings.TrimSuffix(left, "[") // a list of them
		seen++
		if len(left) != resultColumn {
			t.Errorf("column %d, want %d: %s", len(left), resultColumn, line)
		}
		if !strings.Contains(right, ">") {
			t.Errorf("no text form: %s", line)
		}
	}
	if seen < 20 {
		t.Errorf("only %d text forms:\n%s", seen, page)
	}
}

func TestDemoEndsWithItsContext(t *testing.T) {
	leaktest.Check(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	i := new(invocation)
	i.run(ctx, "demo")
	if i.status != exitInterrupted {
		t.Errorf("exit status %d: %s", i.status, i.err)
	}
}

func TestDemoTakesNoArguments(t *testing.T) {
	invoke(t, "demo", "https://www.example.com/").want(t, exitUsage, "")
}

// A demo whose reader has gone says so, and leaves nothing behind.
func TestDemoWithoutAReader(t *testing.T) {
	leaktest.Check(t)
	if err := runDemo(t.Context(), failingWriter{}); err == nil {
		t.Error("no error")
	}
}
