package opentelemetry_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gohttpx/httpx"
	"github.com/gohttpx/httpx/exporters/opentelemetry"
	"github.com/gohttpx/httpx/network"
	"github.com/gohttpx/httpx/network/networktest"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"
)

// A span has what the conventions want to know of a request, and ends with the
// body of its response.
func TestSpan(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		var parent string
		w.net.Handle("www.example.com:443", func(p *networktest.Peer) {
			p.TLS(nil)
			parent = p.ReadRequest().Get("Traceparent")
			p.Answer(200, "hello")
			p.WaitClosed()
		})
		transport := w.transport()
		req := w.request("GET", "https://me:secret@www.example.com/search?q=private#part", httpx.Headers{{"Accept", "*/*"}})
		res, err := transport.Send(t.Context(), req)
		if err != nil {
			t.Fatal(err)
		}
		w.wantOpen("after the head")
		if _, err := res.Bytes(); err != nil {
			t.Fatal(err)
		}

		span := w.span()
		if span.Name() != "GET" || span.SpanKind() != trace.SpanKindClient {
			t.Errorf("the span is %q of kind %v, want GET of kind client", span.Name(), span.SpanKind())
		}
		if s := span.Status(); s.Code != codes.Unset {
			t.Errorf("the status is %v, want it unset", s)
		}
		wantAttributes(t, span.Attributes(),
			"http.request.method=GET",
			"http.response.status_code=200",
			"httpx.connection="+fmt.Sprint(res.Exchange().Connection),
			"httpx.reused=false",
			"network.peer.address=www.example.com",
			"network.peer.port=443",
			"network.protocol.version=1.1",
			"server.address=www.example.com",
			"server.port=443",
			"url.full=https://www.example.com/search?q=REDACTED",
		)
		var events []string
		for _, e := range span.Events() {
			events = append(events, e.Name)
		}
		// The dial runs beside the wait for it, which may be told at any time of it.
		queued := slices.Index(events, "queued")
		if queued < 0 || queued > slices.Index(events, "assigned") {
			t.Errorf("the events are %s, want queued before assigned", strings.Join(events, ", "))
		} else {
			events = slices.Delete(events, queued, queued+1)
		}
		const want = "dial started, connected, TLS done, assigned, request sent, first byte, answered, body done, returned"
		if got := strings.Join(events, ", "); got != want {
			t.Errorf("the events are %s, want queued, %s", got, want)
		}
		c := span.SpanContext()
		if want := fmt.Sprintf("00-%s-%s-01", c.TraceID(), c.SpanID()); parent != want {
			t.Errorf("the server got the parent %q, want %q", parent, want)
		}
		if len(req.Headers) != 1 || req.OnEvent != nil {
			t.Errorf("the request was changed: %v", req.Headers)
		}
	})
}

// What happened when, and for how long.
func TestEventsOfASpan(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.net.Delay("www.example.com:80", time.Second)
		transport := w.transport()
		var own atomic.Int64
		w.get(transport, "http://www.example.com/", httpx.OnEvent(func(httpx.Event) { own.Add(1) }))
		span := w.span()
		if n := len(span.Events()); n == 0 || int(own.Load()) != n {
			t.Errorf("the request's own function was told %d events, the span %d", own.Load(), n)
		}
		began := span.StartTime()
		for _, e := range span.Events() {
			switch e.Name {
			case "dial started":
				if !e.Time.Equal(began) {
					t.Errorf("the dial started %v after the span, want at once", e.Time.Sub(began))
				}
			case "assigned":
				if at := e.Time.Sub(began); at != time.Second {
					t.Errorf("the connection came after %v, want 1s", at)
				}
				wantAttribute(t, e.Attributes, "httpx.duration", "1")
				wantAttribute(t, e.Attributes, "httpx.reused", "false")
			case "answered":
				wantAttribute(t, e.Attributes, "http.response.status_code", "200")
			}
		}
	})
}

func TestNoEvents(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.o.NoEvents = true
		w.get(w.transport(), "http://www.example.com/")
		if n := len(w.span().Events()); n != 0 {
			t.Errorf("the span has %d events, want none", n)
		}
	})
}

func TestOptionsOfASpan(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.o.Template = func(*httpx.Request) string { return "/users/{id}" }
		w.o.URL = func(u *url.URL) string { return "a URL with the path " + u.Path }
		w.o.Attributes = []attribute.KeyValue{attribute.String("peer.service", "users")}
		w.get(w.transport(), "http://www.example.com:8080/users/7")
		span := w.span()
		if got, want := span.Name(), "GET /users/{id}"; got != want {
			t.Errorf("the name is %q, want %q", got, want)
		}
		for name, value := range map[string]string{
			"url.template": "/users/{id}", "url.full": "a URL with the path /users/7", "peer.service": "users", "server.port": "8080",
		} {
			wantAttribute(t, span.Attributes(), name, value)
		}
		const about = "{http.request.method=GET,http.response.status_code=200,network.protocol.version=1.1,peer.service=users," +
			"server.address=www.example.com,server.port=8080,url.template=/users/{id}}"
		w.wantMetrics("http.client.response.body.size", "http.client.response.body.size"+about+" count 1 sum 5")
	})
}

func TestUnknownMethod(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.send(w.transport(), "BREW", "http://www.example.com/").Bytes()
		span := w.span()
		if span.Name() != "HTTP" {
			t.Errorf("the name is %q, want HTTP", span.Name())
		}
		wantAttribute(t, span.Attributes(), "http.request.method", "_OTHER")
		wantAttribute(t, span.Attributes(), "http.request.method_original", "BREW")
	})
}

// A status of 400 and above is an error.
func TestStatuses(t *testing.T) {
	for _, test := range []struct {
		status int
		code   codes.Code
		fault  string
	}{
		{200, codes.Unset, ""}, {304, codes.Unset, ""}, {399, codes.Unset, ""},
		{400, codes.Error, "400"}, {404, codes.Error, "404"}, {500, codes.Error, "500"},
	} {
		inWorld(t, func(t *testing.T, w *world) {
			w.net.Handle("*", networktest.Always(test.status, ""))
			w.send(w.transport(), "GET", "http://www.example.com/").Bytes()
			span := w.span()
			if got := span.Status().Code; got != test.code {
				t.Errorf("%d: the status of the span is %v, want %v", test.status, got, test.code)
			}
			wantAttribute(t, span.Attributes(), "error.type", test.fault)
			wantAttribute(t, span.Attributes(), "http.response.status_code", fmt.Sprint(test.status))
		})
	}
}

// What a failure is called, and how far the request got.
func TestFailures(t *testing.T) {
	answer := func(text string) func(*networktest.Peer) {
		return func(p *networktest.Peer) {
			p.ReadRequest()
			p.Write(text)
		}
	}
	silent := func(p *networktest.Peer) {
		p.ReadRequest()
		p.WaitClosed()
	}
	for _, test := range []struct {
		name     string
		script   func(*networktest.Peer)
		url      string
		options  []httpx.RequestOption
		patience time.Duration // of the caller, who then cancels; 0: for ever
		fault    string
		phase    string
		progress string
	}{
		{name: "refused", url: "http://down.example/", fault: "connect", phase: "connect", progress: "not sent"},
		{name: "not HTTP", script: answer("SSH-2.0\r\n\r\n"), fault: "protocol", phase: "head", progress: "answered"},
		{name: "no TLS", script: func(p *networktest.Peer) { p.Write("220 hello\r\n") }, url: "https://www.example.com/", fault: "tls", phase: "TLS", progress: "not sent"},
		{name: "silent", script: silent, options: []httpx.RequestOption{httpx.Timeouts{FirstByte: time.Second}}, fault: "timeout", phase: "first byte", progress: "sent"},
		{name: "cancelled", script: silent, patience: time.Second, fault: "canceled", phase: "first byte", progress: "sent"},
		{name: "cut body", script: answer("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello"), fault: "protocol", phase: "body", progress: "answered"},
	} {
		t.Run(test.name, func(t *testing.T) {
			inWorld(t, func(t *testing.T, w *world) {
				w.net.Refuse("down.example:80", nil)
				if test.script != nil {
					w.net.Handle("*", test.script)
				}
				if test.url == "" {
					test.url = "http://www.example.com/"
				}
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				if test.patience != 0 {
					time.AfterFunc(test.patience, cancel)
				}
				res, err := w.transport().Send(ctx, w.request("GET", test.url, test.options...))
				if err == nil {
					_, err = res.Bytes()
				}
				if err == nil {
					t.Fatal("no error")
				}
				span := w.span()
				if s := span.Status(); s.Code != codes.Error || s.Description != err.Error() {
					t.Errorf("the status is %v, want the error %v", s, err)
				}
				wantAttribute(t, span.Attributes(), "error.type", test.fault)
				wantAttribute(t, span.Attributes(), "httpx.phase", test.phase)
				wantAttribute(t, span.Attributes(), "httpx.progress", test.progress)
				if got := strings.Join(w.metrics("http.client.request.duration"), "\n"); !strings.Contains(got, "error.type="+test.fault) {
					t.Errorf("the duration is %s, want it to have the error %s", got, test.fault)
				}
				w.wantMetrics("http.client.active_requests",
					strings.Replace(w.metrics("http.client.active_requests")[0], "} 1", "} 0", 1))
			})
		})
	}
}

// A request that was the caller's fault is told of as well, and panics nowhere.
func TestRequestThatCannotBeSent(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		if _, err := w.transport().Send(t.Context(), &httpx.Request{}); err == nil {
			t.Fatal("a request without a URL is no error")
		}
		wantAttribute(t, w.span().Attributes(), "url.full", "")
	})
}

// A request that was sent again says how often.
func TestResent(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.net.Handle("www.example.com:80", func(p *networktest.Peer) {
			if p.Number() == 1 {
				p.ReadRequest()
				p.Answer(200, "first")
				p.ReadRequest()
				return // the end, in place of an answer
			}
			networktest.Always(200, "second")(p)
		})
		pool := w.pool(httpx.PoolOptions{})
		w.get(pool, "http://www.example.com/")
		w.get(opentelemetry.Middleware(&w.o)(pool), "http://www.example.com/")
		span := w.span()
		wantAttribute(t, span.Attributes(), "http.request.resend_count", "1")
		wantAttribute(t, span.Attributes(), "http.response.status_code", "200")
	})
}

// In a Client each hop of a redirect is a request, within the span of the caller.
func TestRedirects(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.net.Handle("old.example:80", networktest.Always(301, "gone", "Location: http://new.example/"))
		client := httpx.NewClient(&httpx.ClientOptions{
			Transport:  w.pool(httpx.PoolOptions{}),
			Middleware: []httpx.Middleware{opentelemetry.Middleware(&w.o)},
		})
		defer client.Close()
		ctx, caller := w.o.TracerProvider.Tracer("test").Start(t.Context(), "caller")
		if _, err := client.Get(ctx, "http://old.example/", httpx.Direct); err != nil {
			t.Fatal(err)
		}
		ended := w.spans.Ended()
		if len(ended) != 2 {
			t.Fatalf("%d spans have ended, want two", len(ended))
		}
		wantAttribute(t, ended[0].Attributes(), "http.response.status_code", "301")
		wantAttribute(t, ended[1].Attributes(), "server.address", "new.example")
		for _, span := range ended {
			if span.Parent().SpanID() != caller.SpanContext().SpanID() {
				t.Errorf("the span of %v is not within the caller's", list(span.Attributes()))
			}
		}
	})
}

// When a request is over, and how many bytes came.
func TestEndOfABody(t *testing.T) {
	for _, test := range []struct {
		name   string
		method string
		script func(*networktest.Peer)
		read   func(t *testing.T, w *world, res *httpx.Response)
		size   string // of the body; empty: not recorded
	}{
		{"read", "GET", networktest.Always(200, "hello"), func(t *testing.T, w *world, res *httpx.Response) {
			b := make([]byte, 4)
			if n, err := res.Body.Read(b); n != 4 || err != nil {
				t.Fatalf("reading gives %d, %v", n, err)
			}
			w.wantOpen("in the middle of the body")
			io.ReadAll(res.Body)
		}, "5"},
		{"copied", "GET", networktest.Always(200, "hello"), func(t *testing.T, w *world, res *httpx.Response) {
			var text strings.Builder
			if n, err := io.Copy(&text, res.Body); n != 5 || err != nil || text.String() != "hello" {
				t.Errorf("copying gives %d, %v: %q", n, err, &text)
			}
		}, "5"},
		{"copied to one that fails", "GET", networktest.Always(200, "hello"), func(t *testing.T, w *world, res *httpx.Response) {
			if _, err := io.Copy(failing{}, res.Body); !errors.Is(err, io.ErrClosedPipe) {
				t.Errorf("copying gives %v", err)
			}
			w.wantOpen("after a writer failed")
			res.Close()
		}, ""},
		{"closed", "GET", networktest.Always(200, "hello"), func(t *testing.T, w *world, res *httpx.Response) {
			w.wantOpen("before Close")
			res.Close()
			res.Close()
		}, ""},
		{"chunked", "GET", networktest.Always(200, "5\r\nhello\r\n0\r\n\r\n", "Transfer-Encoding: chunked"), func(t *testing.T, w *world, res *httpx.Response) {
			res.Bytes()
		}, "5"},
		{"empty", "GET", networktest.Always(200, ""), nothing, "0"},
		{"204", "GET", networktest.Always(204, ""), nothing, "0"},
		{"HEAD", "HEAD", networktest.Always(200, "", "Content-Length: 5"), nothing, "0"},
	} {
		t.Run(test.name, func(t *testing.T) {
			inWorld(t, func(t *testing.T, w *world) {
				w.net.Handle("*", test.script)
				test.read(t, w, w.send(w.transport(), test.method, "http://www.example.com/"))
				if s := w.span().Status(); s.Code != codes.Unset {
					t.Errorf("the status is %v, want it unset", s)
				}
				var want []string
				if test.size != "" {
					status := "200"
					if test.name == "204" {
						status = "204"
					}
					want = append(want, "http.client.response.body.size{http.request.method="+test.method+",http.response.status_code="+status+
						",network.protocol.version=1.1,server.address=www.example.com,server.port=80} count 1 sum "+test.size)
				}
				w.wantMetrics("http.client.response.body.size", want...)
			})
		})
	}
}

// nothing is done with a body that is none.
func nothing(*testing.T, *world, *httpx.Response) {}

type failing struct{}

func (failing) Write([]byte) (int, error) { return 0, io.ErrClosedPipe }

// Close beside a Read ends the span once.
func TestCloseBesideRead(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.net.Handle("*", func(p *networktest.Peer) {
			p.ReadRequest()
			p.Write("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n")
			p.WaitClosed()
		})
		res := w.send(w.transport(), "GET", "http://www.example.com/")
		var reader sync.WaitGroup
		reader.Go(func() {
			if _, err := res.Body.Read(make([]byte, 1)); err == nil {
				t.Error("reading gives no error")
			}
		})
		time.Sleep(time.Second)
		res.Close()
		reader.Wait()
		w.span()
		w.wantMetrics("http.client.active_requests",
			"http.client.active_requests{http.request.method=GET,server.address=www.example.com,server.port=80} 0")
	})
}

// A switch of protocols ends the span; the stream is the caller's.
func TestUpgrade(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.net.Handle("*", func(p *networktest.Peer) {
			p.ReadRequest()
			p.Answer(101, "", "Connection: Upgrade", "Upgrade: echo")
			p.Expect("ping")
			p.Write("pong")
			p.WaitClosed()
		})
		var stream *network.Stream
		stream, _, err := httpx.Upgrade(t.Context(), w.transport(), "GET", "http://www.example.com/", httpx.Headers{{"Upgrade", "echo"}}, httpx.Direct)
		if err != nil {
			t.Fatal(err)
		}
		defer stream.Close()
		wantAttribute(t, w.span().Attributes(), "http.response.status_code", "101")
		io.WriteString(stream, "ping")
		b := make([]byte, 4)
		if _, err := io.ReadFull(stream, b); err != nil || string(b) != "pong" {
			t.Errorf("the stream gives %q, %v", b, err)
		}
	})
}

// One request may be sent by several goroutines at once.
func TestOneRequestSentOften(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		transport := w.transport()
		req := w.request("GET", "http://www.example.com/")
		var senders sync.WaitGroup
		for range 8 {
			senders.Go(func() {
				res, err := transport.Send(t.Context(), req)
				if err != nil {
					t.Error(err)
					return
				}
				res.Bytes()
			})
		}
		senders.Wait()
		if n := len(w.spans.Ended()); n != 8 {
			t.Errorf("%d spans have ended, want 8", n)
		}
	})
}
