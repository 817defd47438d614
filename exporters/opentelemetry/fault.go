package opentelemetry

import (
	"context"
	"errors"

	"github.com/gohttpx/httpx"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
)

// kinds are the values of error.type for the kinds of failure, what is more
// special first.
var kinds = []struct {
	kind error
	word string
}{
	{httpx.ErrPoolClosed, "pool_closed"},
	{httpx.ErrPoolFull, "pool_full"},
	{httpx.ErrPooled, "pooled"},
	{httpx.ErrTooManyRedirects, "too_many_redirects"},
	{httpx.ErrTooLarge, "too_large"},
	{httpx.ErrDecode, "decode"},
	{httpx.ErrTimeout, "timeout"},
	{httpx.ErrTLS, "tls"},
	{httpx.ErrProxy, "proxy"},
	{httpx.ErrProtocol, "protocol"},
	{httpx.ErrConnect, "connect"},
	{httpx.ErrClosed, "closed"},
	{context.Canceled, "canceled"},
	{context.DeadlineExceeded, "timeout"},
}

// errorType is the class of an error, of which there are few.
func errorType(err error) string {
	kind := err
	var e *httpx.Error
	if errors.As(err, &e) && e.Kind != nil {
		kind = e.Kind // whatever the cause is
	}
	for _, k := range kinds {
		if errors.Is(kind, k.kind) {
			return k.word
		}
	}
	return semconv.ErrorType(err).Value.AsString()
}
