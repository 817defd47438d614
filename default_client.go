package httpx

import (
	"context"
	"sync"
)

// defaultClient is shared by the functions of this package. It keeps no
// cookies: callers that do not know of each other would share them.
var defaultClient = sync.OnceValue(func() *Client {
	return NewClient(&ClientOptions{Jar: NoCookies})
})

// Get asks for url on a client that the whole program shares, which keeps no
// cookies. The body is in memory, see [Client.Request].
func Get(ctx context.Context, url string, options ...RequestOption) (*Response, error) {
	return defaultClient().Get(ctx, url, options...)
}

// Head is as [Get], with the method HEAD.
func Head(ctx context.Context, url string, options ...RequestOption) (*Response, error) {
	return defaultClient().Head(ctx, url, options...)
}

// Post is as [Get], with the method POST.
func Post(ctx context.Context, url string, options ...RequestOption) (*Response, error) {
	return defaultClient().Post(ctx, url, options...)
}

// Put is as [Get], with the method PUT.
func Put(ctx context.Context, url string, options ...RequestOption) (*Response, error) {
	return defaultClient().Put(ctx, url, options...)
}

// Patch is as [Get], with the method PATCH.
func Patch(ctx context.Context, url string, options ...RequestOption) (*Response, error) {
	return defaultClient().Patch(ctx, url, options...)
}

// Delete is as [Get], with the method DELETE.
func Delete(ctx context.Context, url string, options ...RequestOption) (*Response, error) {
	return defaultClient().Delete(ctx, url, options...)
}
