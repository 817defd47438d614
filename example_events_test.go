package httpx_test

import (
	"context"
	"fmt"
	"io"
	"log"
	"log/slog"
	"strings"

	"github.com/gohttpx/httpx"
)

// lines are what a logger writes, one by one.
type lines chan string

func (l lines) Write(p []byte) (int, error) {
	l <- string(p)
	return len(p), nil
}

// loggingTo is a logger that leaves out what differs from run to run.
func loggingTo(w io.Writer) *slog.Logger {
	return slog.New(slog.NewTextHandler(w, &slog.HandlerOptions{
		Level: slog.LevelDebug,
		ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
			if a.Key != "msg" && a.Key != "url" {
				return slog.Attr{}
			}
			return a
		},
	}))
}

// What a pool does goes to a log while it happens.
func ExampleLogEvents() {
	server, options := helloServer()
	defer server.Close()
	pool := httpx.NewConnectionPool(&httpx.PoolOptions{Connection: options})
	defer pool.Close()
	written := make(lines, 100)
	logger := loggingTo(written)

	stop := pool.Observe(httpx.LogEvents(logger, slog.LevelDebug))
	defer stop()
	if _, err := pool.Request(context.Background(), "GET", "http://www.example.com/?token=secret"); err != nil {
		log.Fatal(err)
	}

	for line := ""; !strings.Contains(line, "returned"); {
		line = <-written
		fmt.Print(line)
	}
	// Output:
	// msg="httpx: queued" url="http://www.example.com/?token=…"
	// msg="httpx: dial started" url="http://www.example.com/?token=…"
	// msg="httpx: connected" url="http://www.example.com/?token=…"
	// msg="httpx: assigned" url="http://www.example.com/?token=…"
	// msg="httpx: request sent" url="http://www.example.com/?token=…"
	// msg="httpx: first byte" url="http://www.example.com/?token=…"
	// msg="httpx: answered" url="http://www.example.com/?token=…"
	// msg="httpx: body done" url="http://www.example.com/?token=…"
	// msg="httpx: returned"
}
