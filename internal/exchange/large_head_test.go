package exchange_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/gohttpx/httpx/internal/exchange"
	"github.com/gohttpx/httpx/network"
	"github.com/gohttpx/httpx/network/networktest"
)

// A head and a body that only together are too large for the write buffer: the
// wire's fault must not be taken for the content's, and an early answer counts.
func TestLargeHeadWithALargeBody(t *testing.T) {
	client, server := networktest.Pipe()
	defer server.Close()
	c := exchange.New(network.NewStream(client), exchange.Limits{})
	server.Close()
	_, err := c.Do(t.Context(), &exchange.Call{
		Method: "POST", Target: "/", Host: "a", InMemory: true, Bytes: make([]byte, 68<<10),
		Fields: [][2]string{{"Cookie", strings.Repeat("x", 8<<10)}},
	})
	var f *exchange.Failure
	if !errors.As(err, &f) || f.Guilt != exchange.Peer {
		t.Errorf("%v (%+v), want the peer's fault", err, f)
	}
	c.Stream().Close()
}
