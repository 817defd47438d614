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
	var o httpx.ClientOptions
	if g.noRedirect {
		o.MaxRedirects = httpx.None
	}
	connection := &o.Pool.Connection
	if limit := time.Duration(g.connectTimeout); limit > 0 {
		connection.Timeouts = httpx.Timeouts{Resolve: limit, Connect: limit, TLS: limit}
	}
	var err error
	if connection.TLS, err = g.tlsConfig(); err != nil {
		return nil, err
	}
	if connection.Route, err = g.route(); err != nil {
		return nil, err
	}
	if g.noProxy != "" {
		o.Middleware = append(o.Middleware, goStraight(parseNoProxy(g.noProxy)))
	}
	if g.verbose {
		o.Middleware = append(o.Middleware, g.story.tell)
	}
	return httpx.NewClient(&o), nil
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

// route is the way through the proxies of --proxy; nil leaves it to the
// environment.
func (g *get) route() (func(*url.URL) (httpx.Route, error), error) {
	if len(g.proxies) == 0 {
		return nil, nil
	}
	hops := make([]string, len(g.proxies))
	for i, hop := range g.proxies {
		if !strings.Contains(hop, "://") {
			hop = "http://" + hop
		}
		hops[i] = hop
	}
	route, err := httpx.ParseRoute(hops...)
	if err != nil {
		return nil, usageError{err}
	}
	return func(*url.URL) (httpx.Route, error) { return route, nil }, nil
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
