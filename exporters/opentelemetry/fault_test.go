package opentelemetry

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/gohttpx/httpx"
)

func TestErrorType(t *testing.T) {
	for _, test := range []struct {
		err  error
		want string
	}{
		{&httpx.Error{Kind: httpx.ErrPoolFull}, "pool_full"},
		{&httpx.Error{Kind: httpx.ErrPoolClosed}, "pool_closed"},
		{&httpx.Error{Kind: httpx.ErrTimeout, Err: context.DeadlineExceeded}, "timeout"},
		{&httpx.Error{Kind: httpx.ErrProxy, Err: httpx.ErrTLS}, "proxy"},
		{&httpx.Error{Err: context.Canceled}, "canceled"},
		{fmt.Errorf("mine: %w", &httpx.Error{Kind: httpx.ErrDecode}), "decode"},
		{context.DeadlineExceeded, "timeout"},
		{fmt.Errorf("body: %w", httpx.ErrTooLarge), "too_large"},
		{fmt.Errorf("body: %w", httpx.ErrClosed), "closed"},
		{httpx.ErrPoolClosed, "pool_closed"},
		{errors.New("of my own"), "*errors.errorString"},
	} {
		if got := errorType(test.err); got != test.want {
			t.Errorf("%v is %q, want %q", test.err, got, test.want)
		}
	}
}
