package httpx

import "os"

// allProxy is the proxy for every scheme that has none of its own, as curl has
// it; the spelling in lower case wins.
func allProxy() string {
	if v := os.Getenv("all_proxy"); v != "" {
		return v
	}
	return os.Getenv("ALL_PROXY")
}
