package opentelemetry

import (
	"net/url"
	"testing"
)

func TestRedacted(t *testing.T) {
	for _, test := range []struct{ url, want string }{
		{"https://example.com", "https://example.com"},
		{"https://example.com/a%2Fb?#top", "https://example.com/a%2Fb?"}, // as it is sent
		{"http://me:secret@example.com:8080/", "http://example.com:8080/"},
		{"http://example.com/?a=1&b=&a=2", "http://example.com/?a=REDACTED&b=REDACTED&a=REDACTED"},
		{"http://example.com/?secret", "http://example.com/?REDACTED"},
		{"http://example.com/?&a=x=y", "http://example.com/?&a=REDACTED"},
	} {
		u, err := url.Parse(test.url)
		if err != nil {
			t.Fatal(err)
		}
		if got := redacted(u); got != test.want {
			t.Errorf("%s is %s, want %s", test.url, got, test.want)
		}
		if again := u.String(); again != test.url {
			t.Errorf("%s was changed to %s", test.url, again)
		}
	}
}

func TestServer(t *testing.T) {
	for _, test := range []struct {
		url, address string
		port         int
	}{
		{"http://example.com/", "example.com", 80},
		{"https://example.com", "example.com", 443},
		{"https://example.com:8443", "example.com", 8443},
		{"http://[2001:db8::1]:8080/", "2001:db8::1", 8080},
	} {
		u, err := url.Parse(test.url)
		if err != nil {
			t.Fatal(err)
		}
		if address, port := server(u); address != test.address || port != test.port {
			t.Errorf("the server of %s is %q, %d", test.url, address, port)
		}
	}
}
