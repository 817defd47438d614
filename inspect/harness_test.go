package inspect

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/gohttpx/httpx"
	"github.com/gohttpx/httpx/network/networktest"
)

// newPool is a pool on a network in memory, where each origin answers "hello".
func newPool(t testing.TB, options httpx.PoolOptions) (*httpx.ConnectionPool, *networktest.Network) {
	t.Helper()
	n := networktest.New(t)
	n.Handle("*", networktest.Always(200, "hello"))
	options.Connection.Backend = n
	if options.Connection.Route == nil {
		options.Connection.Route = func(*url.URL) (httpx.Route, error) { return httpx.Direct, nil }
	}
	pool := httpx.NewConnectionPool(&options)
	t.Cleanup(func() { pool.Close() })
	return pool, n
}

// get asks a handler. Fields are names and values by turns.
func get(h http.Handler, path string, fields ...string) *httptest.ResponseRecorder {
	return ask(h, "GET", path, fields...)
}

func ask(h http.Handler, method, path string, fields ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, "http://debug.example"+path, nil)
	for i := 0; i < len(fields); i += 2 {
		r.Header.Set(fields[i], fields[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

// fill decodes an answer.
func fill(t testing.TB, w *httptest.ResponseRecorder, into any) {
	t.Helper()
	if w.Code != 200 {
		t.Fatalf("status %d: %s", w.Code, w.Body)
	}
	if got := w.Header().Get("Content-Type"); got != "application/json; charset=utf-8" {
		t.Errorf("Content-Type is %q", got)
	}
	if err := json.Unmarshal(w.Body.Bytes(), into); err != nil {
		t.Fatal(err)
	}
}

// watching is a stream that is being read, on a goroutine of its own.
type watching struct {
	recorder *httptest.ResponseRecorder
	leave    context.CancelFunc
	done     chan struct{}
}

func watchStream(h http.Handler) *watching {
	ctx, cancel := context.WithCancel(context.Background())
	w := &watching{recorder: httptest.NewRecorder(), leave: cancel, done: make(chan struct{})}
	r := httptest.NewRequest("GET", "/debug/httpx/stream", nil).WithContext(ctx)
	go func() {
		defer close(w.done)
		h.ServeHTTP(w.recorder, r)
	}()
	return w
}

// stop leaves the stream, and returns the frames that came.
func (w *watching) stop(t testing.TB) []frame {
	t.Helper()
	w.leave()
	<-w.done
	var frames []frame
	if w.recorder.Body.Len() == 0 {
		return nil
	}
	for text := range strings.SplitSeq(strings.TrimSuffix(w.recorder.Body.String(), "\n\n"), "\n\n") {
		data, ok := strings.CutPrefix(text, "data: ")
		if !ok {
			t.Fatalf("no event of a stream: %q", text)
		}
		var f struct {
			frame
			Events []json.RawMessage `json:"events"` // kinds are written, never read
		}
		if err := json.Unmarshal([]byte(data), &f); err != nil {
			t.Fatal(err)
		}
		f.frame.Events = make([]event, len(f.Events))
		frames = append(frames, f.frame)
	}
	return frames
}
