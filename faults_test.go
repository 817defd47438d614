package httpx

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gohttpx/httpx/network/networktest"
)

// A response that switched protocols has no end that Request could wait for.
func TestRequestThatSwitchesIsAnError(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := networktest.New(t)
		n.Handle("*", func(p *networktest.Peer) {
			p.ReadRequest()
			p.Write("HTTP/1.1 101 Switching Protocols\r\nUpgrade: echo\r\n\r\n")
			p.WaitClosed()
		})
		p := NewConnectionPool(&PoolOptions{Connection: ConnectionOptions{Backend: n, Route: noRoute}})
		defer p.Close()
		_, err := p.Request(t.Context(), "GET", "http://a.example/", Headers{{"Upgrade", "echo"}})
		if err == nil || !strings.Contains(err.Error(), "see Upgrade") {
			t.Errorf("Request: %v", err)
		}
		if got := p.String(); got != "<ConnectionPool [0 active]>" {
			t.Errorf("the pool is %s", got)
		}
		req, _ := NewRequest("GET", "http://a.example/", Headers{{"Upgrade", "echo"}})
		for r := range Gather(t.Context(), p, 1, req) {
			if r.Err == nil {
				t.Error("Gather waited for a stream")
			}
		}
	})
}

func TestSwitchToAnotherProtocolIsRefused(t *testing.T) {
	n := networktest.New(t)
	n.Handle("*", func(p *networktest.Peer) {
		p.ReadRequest()
		p.Write("HTTP/1.1 101 Switching Protocols\r\nUpgrade: evil\r\n\r\n")
		p.WaitClosed()
	})
	p := NewConnectionPool(&PoolOptions{Connection: ConnectionOptions{Backend: n, Route: noRoute}})
	defer p.Close()
	_, _, err := p.Upgrade(t.Context(), "GET", "http://a.example/", Headers{{"Upgrade", "echo, chat"}})
	if !errors.Is(err, ErrProtocol) {
		t.Errorf("Upgrade: %v", err)
	}
	if got := p.String(); got != "<ConnectionPool [0 active]>" {
		t.Errorf("the pool is %s", got)
	}
}

// What the caller got wrong is a plain error, found before anything is dialled.
func TestCallersFaultsAreFoundBeforeADial(t *testing.T) {
	n := networktest.New(t)
	p := NewConnectionPool(&PoolOptions{Connection: ConnectionOptions{Backend: n, Route: noRoute}})
	defer p.Close()
	u := &url.URL{Scheme: "http", Host: "a.example", Path: "/"}
	for name, req := range map[string]*Request{
		"a line break in a value": {URL: u, Headers: Headers{{"A", "b\r\nC: d"}}},
		"a method of two words":   {URL: u, Method: "GET /"},
		"two hosts":               {URL: u, Headers: Headers{{"Host", "a"}, {"host", "b"}}},
		"a host that is none":     {URL: u, Headers: Headers{{"Host", "evil .com/@x"}}},
		"no host":                 {URL: u, Headers: Headers{{"Host", ""}}},
		"an opaque URL":           {URL: &url.URL{Scheme: "http", Host: "a.example", Opaque: "x"}},
		"port 0":                  {URL: &url.URL{Scheme: "http", Host: "a.example:0"}},
		"a length":                {URL: u, Headers: Headers{{"Content-Length", "3"}}},
	} {
		_, err := p.Send(t.Context(), req)
		var world *Error
		if err == nil || errors.As(err, &world) {
			t.Errorf("%s: %v, want a plain error", name, err)
		}
	}
	if dials := n.Dials("a.example:80"); dials != 0 {
		t.Errorf("%d dials", dials)
	}
}

// On a connection that is there, the fault is found by the writer, and costs
// nothing.
func TestCallersFaultOnAnIdleConnection(t *testing.T) {
	n := networktest.New(t)
	n.Handle("*", func(p *networktest.Peer) {
		p.ReadRequest()
		p.Answer(200, "")
		p.WaitClosed()
	})
	p := NewConnectionPool(&PoolOptions{Connection: ConnectionOptions{Backend: n, Route: noRoute}})
	defer p.Close()
	if _, err := p.Request(t.Context(), "GET", "http://a.example/"); err != nil {
		t.Fatal(err)
	}
	u := &url.URL{Scheme: "http", Host: "a.example", Path: "/"}
	_, err := p.Send(t.Context(), &Request{URL: u, Headers: Headers{{"A", "b\nc"}}})
	var world *Error
	if err == nil || errors.As(err, &world) {
		t.Errorf("%v, want a plain error", err)
	}
	if got := p.String(); got != "<ConnectionPool [1 idle]>" {
		t.Errorf("the pool is %s", got)
	}
}

func TestTooLargeSaysWhere(t *testing.T) {
	n := networktest.New(t)
	n.Handle("*", func(p *networktest.Peer) {
		p.ReadRequest()
		p.Answer(200, "hello")
		p.WaitClosed()
	})
	p := NewConnectionPool(&PoolOptions{Connection: ConnectionOptions{Backend: n, Route: noRoute, MaxBodyBytes: 2}})
	defer p.Close()
	_, err := p.Request(t.Context(), "GET", "http://a.example/")
	var e *Error
	if !errors.As(err, &e) || e.Kind != ErrTooLarge || e.Origin != "http://a.example" || e.Phase != PhaseBody {
		t.Errorf("Request: %v", err)
	}
}

func TestUnlimitedTimeouts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := networktest.New(t)
		n.Handle("*", func(p *networktest.Peer) {
			p.ReadRequest()
			time.Sleep(time.Hour)
			p.Answer(200, "late")
			p.WaitClosed()
		})
		forever := time.Duration(Unlimited)
		p := NewConnectionPool(&PoolOptions{Connection: ConnectionOptions{Backend: n, Route: noRoute, Timeouts: Timeouts{
			Resolve: forever, Connect: forever, TLS: forever, Write: forever, FirstByte: forever, Read: forever,
		}}})
		defer p.Close()
		if _, err := p.Request(t.Context(), "GET", "http://a.example/"); err != nil {
			t.Error(err)
		}
	})
}

// A proxy of the environment that cannot be read must not mean no proxy.
func TestBrokenProxyOfTheEnvironment(t *testing.T) {
	t.Setenv("HTTP_PROXY", "us er:hunter2@127.0.0.1:1")
	n := networktest.New(t)
	p := NewConnectionPool(&PoolOptions{Connection: ConnectionOptions{Backend: n}})
	defer p.Close()
	_, err := p.Request(context.Background(), "GET", "http://a.example/")
	if err == nil || strings.Contains(err.Error(), "hunter2") {
		t.Errorf("Request: %v", err)
	}
}

func TestGoStringsShowNoInside(t *testing.T) {
	req, err := NewRequest("GET", "http://ann:hunter2@a.example/?k=hunter2", Headers{{"Private-Token", "hunter2"}})
	if err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprintf("%#v", req); got != req.String() {
		t.Errorf("%%#v of a request: %s", got)
	}
}

func TestObserveNil(t *testing.T) {
	p := NewConnectionPool(nil)
	defer p.Close()
	p.Observe(nil)()
}
