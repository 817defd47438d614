package httpx

import (
	"slices"
	"testing"
)

func TestDefaultHeaders(t *testing.T) {
	defaults := Headers{{"User-Agent", "me"}, {"X-Many", "1"}, {"X-Many", "2"}, {"Content-Type", "text/csv"}}
	for _, tt := range []struct {
		name    string
		options []RequestOption
		want    string
	}{
		{"nothing mentioned", nil, "User-Agent: me\nX-Many: 1\nX-Many: 2\nContent-Type: text/csv\n"},
		{"one replaced, in its place", []RequestOption{Headers{{"user-agent", "you"}, {"X-Own", "1"}}},
			"user-agent: you\nX-Own: 1\nX-Many: 1\nX-Many: 2\nContent-Type: text/csv\n"},
		{"one removed", []RequestOption{Headers{{"X-MANY", ""}}}, "User-Agent: me\nContent-Type: text/csv\n"},
		{"an empty field that is no default", []RequestOption{Headers{{"X-Empty", ""}}},
			"X-Empty: \nUser-Agent: me\nX-Many: 1\nX-Many: 2\nContent-Type: text/csv\n"},
		{"a content with a type", []RequestOption{Text("x")}, "User-Agent: me\nX-Many: 1\nX-Many: 2\n"},
		{"a content without", []RequestOption{Bytes([]byte("1,2"))}, "User-Agent: me\nX-Many: 1\nX-Many: 2\nContent-Type: text/csv\n"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := answerWith(respond(200, ""))
			req := mustRequest(t, "POST", "http://example.com/", tt.options...)
			before := slices.Clone(req.Headers)
			mustSend(t, DefaultHeaders(defaults)(s), req)
			if got := lines(s.last(t).Headers); got != tt.want {
				t.Errorf("sent\n%swant\n%s", got, tt.want)
			}
			if !slices.Equal(req.Headers, before) {
				t.Errorf("the caller's request was changed to %q", lines(req.Headers))
			}
		})
	}
}

func TestDefaultHeadersAreCopied(t *testing.T) {
	h := Headers{{"A", "1"}}
	s := answerWith(respond(200, ""))
	tr := DefaultHeaders(h)(s)
	h.Set("A", "2")
	mustSend(t, tr, mustRequest(t, "GET", "http://example.com/"))
	if got := s.last(t).Headers.Get("A"); got != "1" {
		t.Errorf("A: %q, want 1", got)
	}
}
