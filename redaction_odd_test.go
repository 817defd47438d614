package httpx

import (
	"strings"
	"testing"
)

// A password may hold what makes a URL of it something else. No error tells even
// the half of it.
func TestErrorsOfOddPasswords(t *testing.T) {
	for _, url := range []string{
		"http://user:hunter2@127.0.0.1:8O80",
		"http://user:hunter/2hunter@127.0.0.1:80",
		"http://user:hunter?2hunter@127.0.0.1:80",
		"http://user:hunter#2hunter@127.0.0.1:80",
		"http://user:98?76hunter@127.0.0.1:80",
		"http://user:hunter@2hunter@127.0.0.1:8O80",
		"http:/user:hunter2@127.0.0.1",
		"http//user:hunter2@127.0.0.1",
		"user:hunter2@127.0.0.1:8O80",
		"socks://user:hunter2@127.0.0.1:80",
		"http://user:hunter2@127.0.0.1/path?token=hunter2",
	} {
		for what, try := range map[string]func() error{
			"a route":         func() error { _, err := ParseRoute(url); return err },
			"the environment": func() error { return checkProxyText(url) },
			"a tunnel":        func() error { _, err := OpenTunnel(t.Context(), url, Direct, nil); return err },
			"a request":       func() error { _, err := NewRequest("GET", url); return err },
		} {
			err := try()
			if err == nil {
				continue // it is a URL after all
			}
			if text := err.Error(); strings.Contains(text, "hunter") || strings.Contains(text, ":98") {
				t.Errorf("%s of %s: %s", what, url, text)
			}
		}
	}
}
