//go:build linux

// Bench measures httpx beside hand-written sockets, net/http and other clients:
// see the README beside it.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"

	"github.com/gohttpx/httpx/bench/stage"
)

func main() {
	if played, err := stage.Play(os.Args[1:]); played {
		exit(err)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	exit(run(ctx, os.Args[1:]))
}

// errMissed is the end of a -check where something was missed, which has been
// told by then.
var errMissed = errors.New("what must be is not")

func exit(err error) {
	switch {
	case err == nil:
		os.Exit(0)
	case errors.Is(err, errHelp):
		os.Exit(2) // the flags have told
	}
	fmt.Fprintln(os.Stderr, "bench:", err)
	os.Exit(1)
}
