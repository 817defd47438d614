// Httpx asks for a URL, as curl and HTTPie do, on top of the library of the
// same name:
//
//	httpx https://www.example.com/
//	httpx -v --json '{"name": "Ada"}' https://www.example.com/people
//	httpx -o go.tar.gz https://go.dev/dl/go1.25.0.linux-amd64.tar.gz
//
// Its exit status is 0 only when a response was received whole. With -v it
// shows the connection as the library sees it.
//
//	httpx demo
//
// shows the library itself, floor by floor, and needs no network.
//
// The page docs/cli.md has all options and exit codes.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	// The first signal ends the work in an orderly way; a second one kills.
	context.AfterFunc(ctx, stop)
	os.Exit(run(ctx, os.Args[1:], systemTerminal()))
}
