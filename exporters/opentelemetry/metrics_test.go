package opentelemetry_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gohttpx/httpx"
	"github.com/gohttpx/httpx/exporters/opentelemetry"
	"github.com/gohttpx/httpx/network/networktest"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/metric/noop"
	"go.opentelemetry.io/otel/propagation"
	tracenoop "go.opentelemetry.io/otel/trace/noop"
)

const (
	post     = "{http.request.method=POST,server.address=www.example.com,server.port=80}"
	answered = "{http.request.method=POST,http.response.status_code=200,network.protocol.version=1.1,server.address=www.example.com,server.port=80}"
)

// The metrics of a request: under way while its body is open, and then counted
// with all the time that it took.
func TestMetricsOfARequest(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.net.Delay("www.example.com:80", time.Second)
		w.net.Handle("www.example.com:80", func(p *networktest.Peer) {
			p.ReadRequest()
			time.Sleep(2 * time.Second)
			p.Write("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n")
			time.Sleep(4 * time.Second)
			p.Write("hello")
			p.WaitClosed()
		})
		res := w.send(w.transport(), "POST", "http://www.example.com/", httpx.Text("good morning"))
		w.wantMetrics("http.client", "http.client.active_requests"+post+" 1")
		if _, err := res.Bytes(); err != nil {
			t.Fatal(err)
		}
		w.wantMetrics("http.client",
			"http.client.active_requests"+post+" 0",
			"http.client.request.body.size"+answered+" count 1 sum 12",
			"http.client.request.duration"+answered+" count 1 sum 7",
			"http.client.response.body.size"+answered+" count 1 sum 5",
		)
		if span := w.span(); span.EndTime().Sub(span.StartTime()) != 7*time.Second {
			t.Errorf("the span took %v, want what the metric says", span.EndTime().Sub(span.StartTime()))
		}
	})
}

// The size of a chunked content is not known beforehand, and not told.
func TestChunkedRequest(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.send(w.transport(), "POST", "http://www.example.com/", httpx.Reader(strings.NewReader("good morning"), -1)).Bytes()
		w.wantMetrics("http.client.request.body.size")
	})
}

// A request put together by hand may have a Body as its Content.
func TestBodyAsContent(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		req := w.request("POST", "http://www.example.com/")
		req.Content = httpx.Text("good morning")
		res, err := w.transport().Send(t.Context(), req)
		if err != nil {
			t.Fatal(err)
		}
		res.Bytes()
		w.wantMetrics("http.client.request.body.size", "http.client.request.body.size"+answered+" count 1 sum 12")
	})
}

// Who wants no traces has metrics all the same, and the request goes on as it is.
func TestMetricsWithoutTraces(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.o.TracerProvider = tracenoop.NewTracerProvider()
		w.o.Propagator = propagation.NewCompositeTextMapPropagator()
		var got *httpx.Request
		pool := w.pool(httpx.PoolOptions{})
		look := httpx.Wrap(pool, func(ctx context.Context, req *httpx.Request) (*httpx.Response, error) {
			got = req
			return pool.Send(ctx, req)
		})
		req := w.request("GET", "http://www.example.com/")
		res, err := opentelemetry.Middleware(&w.o)(look).Send(t.Context(), req)
		if err != nil {
			t.Fatal(err)
		}
		res.Bytes()
		if got != req {
			t.Error("the request that went on is a copy, though nothing was added")
		}
		if lines := w.metrics("http.client.request.duration"); len(lines) != 1 {
			t.Errorf("the durations are %v, want one", lines)
		}
	})
}

// What a pool holds and did.
func TestObserve(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.net.Refuse("down.example:80", nil)
		w.net.Delay("slow.example:80", 10*time.Second)
		w.net.Handle("chat.example:80", func(p *networktest.Peer) {
			p.ReadRequest()
			p.Answer(101, "", "Connection: Upgrade", "Upgrade: chat")
			p.WaitClosed()
		})
		pool := w.pool(httpx.PoolOptions{MaxConnectionsPerOrigin: 1, IdleTimeout: time.Minute})
		w.o.Attributes = []attribute.KeyValue{attribute.String("pool", "front")}
		stop, err := opentelemetry.Observe(pool, &w.o)
		if err != nil {
			t.Fatal(err)
		}
		w.get(pool, "http://idle.example/")
		w.get(pool, "http://idle.example/")
		w.send(pool, "GET", "http://active.example:8080/")
		stream, _, err := httpx.Upgrade(t.Context(), pool, "GET", "http://chat.example/", httpx.Headers{{"Upgrade", "chat"}}, httpx.Direct)
		if err != nil {
			t.Fatal(err)
		}
		defer stream.Close()
		if _, err := pool.Send(t.Context(), w.request("GET", "http://down.example/")); err == nil {
			t.Error("a refused dial is no error")
		}
		for _, req := range []*httpx.Request{w.request("GET", "http://slow.example/"), w.request("GET", "http://active.example:8080/")} {
			go pool.Send(t.Context(), req)
			synctest.Wait()
		}
		if got, want := pool.String(), "<ConnectionPool [1 connecting, 1 active, 1 idle, 1 upgraded, 1 waiting]>"; got != want {
			t.Fatalf("the pool is %s, want %s", got, want)
		}
		w.wantMetrics("",
			"http.client.open_connections{http.connection.state=active,pool=front,server.address=active.example,server.port=8080,url.scheme=http} 1",
			"http.client.open_connections{http.connection.state=active,pool=front,server.address=chat.example,server.port=80,url.scheme=http} 1",
			"http.client.open_connections{http.connection.state=active,pool=front,server.address=idle.example,server.port=80,url.scheme=http} 0",
			"http.client.open_connections{http.connection.state=active,pool=front,server.address=slow.example,server.port=80,url.scheme=http} 0",
			"http.client.open_connections{http.connection.state=idle,pool=front,server.address=active.example,server.port=8080,url.scheme=http} 0",
			"http.client.open_connections{http.connection.state=idle,pool=front,server.address=chat.example,server.port=80,url.scheme=http} 0",
			"http.client.open_connections{http.connection.state=idle,pool=front,server.address=idle.example,server.port=80,url.scheme=http} 1",
			"http.client.open_connections{http.connection.state=idle,pool=front,server.address=slow.example,server.port=80,url.scheme=http} 0",
			"httpx.pool.connecting{pool=front} 1",
			"httpx.pool.dial_failures{pool=front} 1",
			"httpx.pool.opened{pool=front} 3",
			"httpx.pool.rejected{pool=front} 0",
			"httpx.pool.replayed{pool=front} 0",
			"httpx.pool.reused{pool=front} 1",
			"httpx.pool.waited{pool=front} 6",
			"httpx.pool.waiting{pool=front} 1",
		)

		time.Sleep(2 * time.Minute) // idle.example has expired; slow.example is held by its response
		w.wantMetrics("http.client.connection.duration",
			"http.client.connection.duration{pool=front,server.address=idle.example,server.port=80,url.scheme=http} count 1 sum 60")
		w.wantMetrics("httpx.pool.closed", "httpx.pool.closed{httpx.close.reason=idle for too long,pool=front} 1")

		stop()
		stop()
		stream.Close()
		w.wantMetrics("httpx.pool")
		w.wantMetrics("http.client.connection.duration",
			"http.client.connection.duration{pool=front,server.address=idle.example,server.port=80,url.scheme=http} count 1 sum 60")
		for _, c := range pool.Connections() {
			c.Close()
		}
		pool.Close()
	})
}

// A provider that refuses an instrument is an error, and nothing is observed.
func TestRefusedInstrument(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.o.MeterProvider = refusing{}
		stop, err := opentelemetry.Observe(w.pool(httpx.PoolOptions{}), &w.o)
		if !errors.Is(err, errRefused) || stop != nil {
			t.Errorf("observing gives %v", err)
		}
	})
}

var errRefused = errors.New("no more instruments")

type refusing struct{ noop.MeterProvider }

func (refusing) Meter(string, ...metric.MeterOption) metric.Meter { return refusingMeter{} }

type refusingMeter struct{ noop.Meter }

func (refusingMeter) Int64ObservableCounter(string, ...metric.Int64ObservableCounterOption) (metric.Int64ObservableCounter, error) {
	return nil, errRefused
}
