package nethttp

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/gohttpx/httpx"
)

// Names are told apart whatever their lengths share.
func TestHeaderOfManyLengths(t *testing.T) {
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
		if !names.has(strings.Repeat("x", n)) {
			t.Errorf("a name of %d bytes cannot be there, it says", n)
		}
	}
	if names.has("xx") {
		t.Error("a name of 2 bytes may be there, it says")
	}
	got["N"][0] = "changed"
	got["N"] = append(got["N"], "more")
	if name := http.CanonicalHeaderKey(strings.Repeat("n", 63)); got[name][0] != "2" {
		t.Errorf("to add to one value changed another: %q", got[name])
	}
}
