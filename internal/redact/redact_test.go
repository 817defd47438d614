package redact

import (
	"errors"
	"net/url"
	"strings"
	"testing"
)

func TestURL(t *testing.T) {
	for _, tt := range [][2]string{
		{"https://example.com/", "https://example.com/"},
		{"https://ann:hunter2@example.com/a", "https://example.com/a"},
		{"https://example.com/a?token=hunter2&page=2#hunter2", "https://example.com/a?token=…&page=…"},
		{"https://example.com/a?hunter2", "https://example.com/a?…"},
		{"http://hunter2@example.com", "http://example.com"},
		{"ann:hunter2@example.com:80/x", "ann:example.com:80/x"},
	} {
		u, err := url.Parse(tt[0])
		if err != nil {
			t.Fatal(err)
		}
		if got := URL(u); got != tt[1] {
			t.Errorf("URL(%q) = %q, want %q", tt[0], got, tt[1])
		}
		if got := Raw(tt[0]); got != tt[1] {
			t.Errorf("Raw(%q) = %q, want %q", tt[0], got, tt[1])
		}
	}
	if got := URL(nil); got != "" {
		t.Errorf("URL(nil) = %q", got)
	}
}

// No error of url.Parse may bring a password along, whatever is wrong with
// the text.
func TestErrorHidesWhatParseQuotes(t *testing.T) {
	for _, raw := range []string{
		"http://ann:hunter2@exa mple.com/",
		"http://ann:hunter2@example.com:port/",
		"http://ann:hunter2%zz@example.com/",
		"http://ann:hunter2@[::1/",
		"http://ann:hun ter2@example.com/?a=hunter2",
		"://ann:hunter2@example.com",
		"http://ann:hunter2\x7f@example.com/",
	} {
		_, err := url.Parse(raw)
		if err == nil {
			t.Fatalf("%q parses", raw)
		}
		if got := Error(raw, err).Error(); strings.Contains(got, "ter2") {
			t.Errorf("Error(%q) = %q", raw, got)
		}
	}
	plain := errors.New("plain")
	if Error("", plain) != plain {
		t.Error("an error without a URL was changed")
	}
}

func TestIsSecret(t *testing.T) {
	for _, name := range []string{
		"Authorization", "proxy-authorization", "Cookie", "Set-Cookie", "Private-Token", "X-Vault-Token",
		"X-Goog-Api-Key", "Ocp-Apim-Subscription-Key", "X-Access-Token", "Password", "X-CSRF-Token",
		"Authentication-Info", "X-Amz-Security-Token",
	} {
		if !IsSecret(name) {
			t.Errorf("%s is no secret", name)
		}
	}
	for _, name := range []string{"Accept", "Host", "Idempotency-Key", "Sec-WebSocket-Key", "WWW-Authenticate", "Proxy-Authenticate", "ETag"} {
		if IsSecret(name) {
			t.Errorf("%s is a secret", name)
		}
	}
	if got := Field("Location", "http://u:hunter2@example.com/?token=hunter2"); got != "http://example.com/?token=…" {
		t.Errorf("Location: %s", got)
	}
}

func TestFields(t *testing.T) {
	in := [][2]string{{"Accept", "*/*"}, {"aUTHORIZATION", "Basic x"}, {"Cookie", ""}}
	got := Fields(in)
	want := [][2]string{{"Accept", "*/*"}, {"aUTHORIZATION", Mark}, {"Cookie", ""}}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("field %d is %q, want %q", i, got[i], want[i])
		}
	}
	if in[1][1] != "Basic x" {
		t.Error("Fields changed its argument")
	}
}
