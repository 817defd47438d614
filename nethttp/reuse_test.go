package nethttp_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gohttpx/httpx"
	"github.com/gohttpx/httpx/nethttp"
)

// TestBodiesDoNotMix ends bodies in every way, side by side, and wants each to
// hold the bytes of its own exchange: what one gives back another takes.
func TestBodiesDoNotMix(t *testing.T) {
	server := serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Who", r.URL.Path)
		if r.URL.RawQuery == "chunked" {
			w.(http.Flusher).Flush()
		}
		io.WriteString(w, strings.Repeat(r.URL.Path[1:], 300))
	})
	rt := nethttp.RoundTripper(newPool(t))
	ends := []func(body io.ReadCloser) (string, error){
		func(body io.ReadCloser) (string, error) { // to the end
			all, err := io.ReadAll(body)
			body.Close()
			return string(all), err
		},
		func(body io.ReadCloser) (string, error) { // by WriteTo
			var b strings.Builder
			_, err := io.Copy(&b, body)
			body.Close()
			return b.String(), err
		},
		func(body io.ReadCloser) (string, error) { // a part of it
			p := make([]byte, 10)
			_, err := io.ReadFull(body, p)
			body.Close()
			return string(p), err
		},
		func(body io.ReadCloser) (string, error) { // closed beside the Read
			var closing sync.WaitGroup
			closing.Go(func() { body.Close() })
			all, _ := io.ReadAll(body)
			closing.Wait()
			return string(all), nil
		},
		func(body io.ReadCloser) (string, error) { // closed twice, read too late
			var closing sync.WaitGroup
			closing.Go(func() { body.Close() })
			closing.Go(func() { body.Close() })
			closing.Wait()
			if n, err := body.Read(make([]byte, 1)); n != 0 || err != http.ErrBodyReadAfterClose {
				return "", fmt.Errorf("read %d, %v after Close", n, err)
			}
			return "", nil
		},
	}
	var asking sync.WaitGroup
	for i := range 16 {
		asking.Go(func() {
			for j := range 40 {
				me := fmt.Sprintf("%02d-%02d;", i, j)
				url := server.URL + "/" + me
				if j%2 == 0 {
					url += "?chunked"
				}
				res, err := rt.RoundTrip(newRequest(t, t.Context(), "GET", url, nil))
				if err != nil {
					t.Error(err)
					return
				}
				got, err := ends[(i+j)%len(ends)](res.Body)
				if err != nil || !strings.HasPrefix(strings.Repeat(me, 300), got) {
					t.Errorf("%s: %v, read %.40q", me, err, got)
				}
				if res.Header.Get("Who") != "/"+me || res.StatusCode != 200 {
					t.Errorf("%s: header %v", me, res.Header)
				}
			}
		})
	}
	asking.Wait()
}

// TestRequestIsTheCallersAgain changes a request and its URL as soon as its body is
// closed or it has failed, while snapshots are taken, events are told and dials go on
// that it began. The race detector would see whoever still looks at it; without it,
// each answer has to be to its own request.
func TestRequestIsTheCallersAgain(t *testing.T) {
	server := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if len(r.URL.Path)%3 == 0 {
			w.Header().Set("Connection", "close") // so that the next one dials
		}
		io.WriteString(w, r.URL.Path+r.Header.Get("Who"))
	})
	for _, observed := range []bool{false, true} {
		pool := httpx.NewConnectionPool(&httpx.PoolOptions{MaxConnections: 4})
		if observed {
			defer pool.Observe(func(e httpx.Event) { _ = e.String() })()
		}
		rt := nethttp.RoundTripper(pool)
		done := make(chan struct{})
		var looking, asking sync.WaitGroup
		looking.Go(func() {
			for {
				select {
				case <-done:
					return
				default:
					_ = pool.Snapshot()
				}
			}
		})
		for i := range 8 {
			asking.Go(func() {
				r := newRequest(t, t.Context(), "GET", server.URL+"/", nil)
				for j := range 60 {
					r.URL.Path = "/" + strings.Repeat("x", i+j)
					r.Header.Set("Who", fmt.Sprint(i, j))
					ctx, cancel := context.WithCancel(t.Context())
					if j%4 == 0 {
						time.AfterFunc(time.Duration(i*j)*time.Microsecond, cancel)
					}
					res, err := rt.RoundTrip(r.WithContext(ctx))
					if err != nil {
						cancel()
						if j%4 != 0 {
							t.Error(err)
						}
						continue
					}
					got, err := io.ReadAll(res.Body)
					res.Body.Close()
					if want := r.URL.Path + r.Header.Get("Who"); j%4 != 0 && (err != nil || string(got) != want) {
						t.Errorf("%q, %v; want %q", got, err, want)
					}
					cancel()
				}
			})
		}
		asking.Wait()
		close(done)
		looking.Wait()
		pool.Close()
	}
}

// TestWriterEndsFirst copies to a writer that takes no more, by io.EOF. That is not
// the end of the body, which can be read on.
func TestWriterEndsFirst(t *testing.T) {
	server := serve(t, func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "hello") })
	pool := newPool(t)
	res, err := nethttp.RoundTripper(pool).RoundTrip(newRequest(t, t.Context(), "GET", server.URL+"/path", nil))
	if err != nil {
		t.Fatal(err)
	}
	r, w := io.Pipe()
	r.CloseWithError(io.EOF)
	if n, err := io.Copy(w, res.Body); n != 0 || err != io.EOF {
		t.Errorf("copied %d bytes, %v; want none and io.EOF", n, err)
	}
	if s := pool.Snapshot(); s.Connections[0].Request == nil || !strings.HasSuffix(s.Connections[0].Request.URL, "/path") {
		t.Errorf("the request is %+v", s.Connections[0].Request)
	}
	if got, err := io.ReadAll(res.Body); string(got) != "hello" || err != nil {
		t.Errorf("the rest of the body is %q, %v", got, err)
	}
	res.Body.Close()
	if got := pool.String(); got != "<ConnectionPool [1 idle]>" {
		t.Error(got)
	}
}

// TestLeaksAreFound wants the pool's search for leaks to see a response of
// net/http that nobody closed.
func TestLeaksAreFound(t *testing.T) {
	server := serve(t, func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, strings.Repeat("never read", 10_000))
	})
	leaks := make(chan httpx.Leak, 1)
	pool := httpx.NewConnectionPool(&httpx.PoolOptions{Leaks: &httpx.LeakOptions{
		Report: func(l httpx.Leak) { leaks <- l },
	}})
	defer pool.Close()
	if _, err := nethttp.RoundTripper(pool).RoundTrip(newRequest(t, t.Context(), "GET", server.URL, nil)); err != nil {
		t.Fatal(err)
	}
	for range 1000 {
		runtime.GC()
		select {
		case leak := <-leaks:
			if leak.Kind != httpx.LeakedResponse || leak.Method != "GET" || leak.URL != server.URL {
				t.Errorf("leak %v", leak)
			}
			return
		case <-time.After(10 * time.Millisecond):
		}
	}
	t.Error("the leak was not found")
}
