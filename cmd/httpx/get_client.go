package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/gohttpx/httpx"
)

// client makes the client that the command line asks for.
func (g *get) client() (*httpx.Client, error) {
	o, err := g.clientOptions()
	if err != nil {
		return nil, err
	}
	return httpx.NewClient(o), nil
}

func (g *get) clientOptions() (*httpx.ClientOptions, error) {
	o := new(httpx.ClientOptions)
	if g.noRedirect {
		o.MaxRedirects = httpx.None
	}
	connection := &o.Pool.Connection
	connection.Timeouts = g.timeouts()
	var err error
	if connection.TLS, err = g.tlsConfig(); err != nil {
		return nil, err
	}
	if connection.Route, err = g.routes(); err != nil {
		return nil, err
	}
	if g.noProxy != "" {
		o.Middleware = append(o.Middleware, goStraight(parseNoProxy(g.noProxy)))
	}
	if g.verbose {
		o.Middleware = append(o.Middleware, g.story.tell)
	}
	return o, nil
}

// timeouts are those of --connect-timeout, or the library's.
func (o *options) timeouts() (t httpx.Timeouts) {
	if limit := time.Duration(o.connectTimeout); limit > 0 {
		t = httpx.Timeouts{Resolve: limit, Connect: limit, TLS: limit}
	}
	return t
}

// tlsConfig is nil where nothing was asked for.
func (g *get) tlsConfig() (*tls.Config, error) {
	if !g.insecure && g.cacert == "" {
		return nil, nil
	}
	config := &tls.Config{InsecureSkipVerify: g.insecure}
	if g.cacert != "" {
		pem, err := os.ReadFile(g.cacert)
		if err != nil {
			return nil, localError{exitReadInput, fmt.Errorf("--cacert: %w", err)}
		}
		config.RootCAs = x509.NewCertPool()
		if !config.RootCAs.AppendCertsFromPEM(pem) {
			return nil, localError{exitReadInput, fmt.Errorf("--cacert: no certificate in %s", g.cacert)}
		}
	}
	return config, nil
}

// routes gives the way of --proxy to everywhere; nil leaves it to the
// environment.
func (g *get) routes() (func(*url.URL) (httpx.Route, error), error) {
	if len(g.proxies) == 0 {
		return nil, nil
	}
	route, err := g.route()
	if err != nil {
		return nil, err
	}
	return always(route), nil
}

// always is the choice of one route to everywhere.
func always(route httpx.Route) func(*url.URL) (httpx.Route, error) {
	return func(*url.URL) (httpx.Route, error) { return route, nil }
}

// route is the way through the proxies of --proxy, straight without any.
func (o *options) route() (httpx.Route, error) {
	hops := make([]string, len(o.proxies))
	for i, hop := range o.proxies {
		if !strings.Contains(hop, "://") {
			hop = "http://" + hop
		}
		hops[i] = hop
	}
	route, err := httpx.ParseRoute(hops...)
	if err != nil {
		return nil, usageError{err}
	}
	return route, nil
}

// goStraight sends requests to some hosts without a proxy. It is a middleware,
// so that each hop of a redirect is asked for anew.
func goStraight(hosts noProxy) httpx.Middleware {
	return func(next httpx.Transport) httpx.Transport {
		return httpx.Wrap(next, func(ctx context.Context, req *httpx.Request) (*httpx.Response, error) {
			if !hosts.match(req.URL) {
				return next.Send(ctx, req)
			}
			straight := *req
			straight.Route = httpx.Direct
			return next.Send(ctx, &straight)
		})
	}
}
