package httpx

import (
	"fmt"
	"net/url"
	"os"

	"golang.org/x/net/http/httpproxy"

	"github.com/gohttpx/httpx/internal/redact"
)

// environmentRoute is the choice of HTTP_PROXY, HTTPS_PROXY, ALL_PROXY and
// NO_PROXY as they are now; nil where they name no proxy.
func environmentRoute() func(*url.URL) (Route, error) {
	config := httpproxy.FromEnvironment()
	if all := allProxy(); all != "" {
		if config.HTTPProxy == "" {
			config.HTTPProxy = all
		}
		if config.HTTPSProxy == "" {
			config.HTTPSProxy = all
		}
	}
	if config.HTTPProxy == "" && config.HTTPSProxy == "" {
		return nil
	}
	for _, raw := range []string{config.HTTPProxy, config.HTTPSProxy} {
		if err := checkProxyText(raw); err != nil {
			// To go straight instead would show the world what was to be hidden.
			return func(*url.URL) (Route, error) { return nil, err }
		}
	}
	choose := config.ProxyFunc()
	return func(target *url.URL) (Route, error) {
		u, err := choose(target)
		if u == nil || err != nil {
			return nil, err
		}
		return Route{{URL: u}}, nil
	}
}

// checkProxyText refuses what httpproxy would pass over: a proxy of the
// environment that is no URL, with or without its scheme.
func checkProxyText(raw string) error {
	if raw == "" {
		return nil
	}
	u, err := url.Parse(raw)
	if err != nil || u.Host == "" {
		u, err = url.Parse("http://" + raw)
	}
	if err != nil {
		return fmt.Errorf("a proxy of the environment: %w", redact.Error(raw, err))
	}
	if err := (Proxy{URL: u}).check(); err != nil {
		return fmt.Errorf("a proxy of the environment: %w", err)
	}
	return nil
}

// allProxy is the proxy for every scheme that has none of its own, as curl has
// it; the spelling in lower case wins.
func allProxy() string {
	if v := os.Getenv("all_proxy"); v != "" {
		return v
	}
	return os.Getenv("ALL_PROXY")
}
