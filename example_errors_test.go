package httpx_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"time"

	"github.com/gohttpx/httpx"
)

// An Error says what kind of failure it was, in which phase, and how far the
// request had got.
func ExampleError() {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		<-r.Context().Done() // this server does not answer
	}))
	defer server.Close()
	client := httpx.NewClient(nil)
	defer client.Close()

	_, err := client.Get(context.Background(), server.URL, httpx.Timeouts{FirstByte: 50 * time.Millisecond})
	var failure *httpx.Error
	if errors.As(err, &failure) {
		fmt.Println(failure.Kind, failure.Phase, failure.Progress) // timeout first byte sent
	}
	// Output:
	// timeout first byte sent
}
