package nethttp

import (
	"fmt"
	"maps"
	"net/http"
	"net/textproto"
	"slices"
	"strings"
	"testing"

	"github.com/gohttpx/httpx"
)

// Names are told apart whatever their shapes share.
func TestHeaderOfManyShapes(t *testing.T) {
	var fields httpx.Headers
	want := make(http.Header)
	for _, n := range []int{1, 1, 63, 64, 64, 65, 65, 128, 129, 129, 65, 1} {
		name, value := strings.Repeat("n", n), fmt.Sprint(len(fields))
		fields = append(fields, [2]string{name, value})
		want.Add(name, value)
	}
	got, names := header(fields, make([]string, len(fields)))
	if !maps.EqualFunc(got, want, slices.Equal[[]string]) {
		t.Errorf("the header is %v, want %v", got, want)
	}
	for _, n := range []int{1, 63, 64, 65, 128, 129} {
		if !names.have(http.CanonicalHeaderKey(strings.Repeat("n", n))) {
			t.Errorf("a name of %d bytes cannot be there, it says", n)
		}
	}
	for _, absent := range []string{"Nn", "X"} { // another length, another letter
		if names.have(absent) {
			t.Errorf("%q may be there, it says", absent)
		}
	}
	got["N"][0] = "changed"
	got["N"] = append(got["N"], "more")
	if name := http.CanonicalHeaderKey(strings.Repeat("n", 63)); got[name][0] != "2" {
		t.Errorf("to add to one value changed another: %q", got[name])
	}
}

// canonical agrees with textproto for every name that is a token.
func TestCanonical(t *testing.T) {
	for _, name := range []string{
		"Date", "date", "DATE", "Content-Length", "content-length", "Content-length", "CONTENT-LENGTH", "X--Y", "x--y",
		"-", "-a", "-A", "a-", "A-", "1st", "1ST", "X-1a", "X-1A", "ETag", "Etag", "WWW-Authenticate", "a_b", "A_B", "A_b", "~", "!Ab", "!ab",
	} {
		if got, want := canonical(name), textproto.CanonicalMIMEHeaderKey(name); got != want {
			t.Errorf("%q: %q, want %q", name, got, want)
		}
	}
}

// A Transport that is not ours may give fields that none would be received with.
func TestHeaderOfNoName(t *testing.T) {
	got, _ := header(httpx.Headers{{"", "x"}, {"A", "y"}}, make([]string, 2))
	if want := (http.Header{"": {"x"}, "A": {"y"}}); !maps.EqualFunc(got, want, slices.Equal[[]string]) {
		t.Errorf("the header is %v, want %v", got, want)
	}
}
