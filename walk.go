package httpx

import (
	"context"

	"github.com/gohttpx/httpx/network"
)

func (c *Connection) walk(ctx context.Context, s *network.Stream, timeouts Timeouts) error {
	return nil
}
