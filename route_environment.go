package httpx

import (
	"net/url"
	"os"

	"golang.org/x/net/http/httpproxy"
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
	choose := config.ProxyFunc()
	return func(target *url.URL) (Route, error) {
		u, err := choose(target)
		if u == nil || err != nil {
			return nil, err
		}
		return Route{{URL: u}}, nil
	}
}

// allProxy is the proxy for every scheme that has none of its own, as curl has
// it; the spelling in lower case wins.
func allProxy() string {
	if v := os.Getenv("all_proxy"); v != "" {
		return v
	}
	return os.Getenv("ALL_PROXY")
}
