package integration

import (
	"strings"
	"testing"

	"github.com/gohttpx/httpx"
)

// TestRefusedUpload posts a megabyte to a location that takes a kilobyte. nginx
// answers from the head alone; the answer arrives, not a broken pipe.
func TestRefusedUpload(t *testing.T) {
	n := startNginx(t)
	onEachFloor(t, n, func(t *testing.T, transport httpx.Transport, base string) {
		answer := send(t, transport, "POST", base+"/refuse", httpx.Bytes(randomBytes(1<<20)))
		if answer.StatusCode != 413 || !strings.Contains(string(answer.body), "413") {
			t.Errorf("%s with %.80q, want nginx's page for 413", answer, answer.body)
		}
		if connection, ok := transport.(*httpx.Connection); ok {
			if connection.State() != httpx.Closed {
				t.Errorf("%s, want it closed behind an unfinished upload", connection)
			}
			return
		}
		// The next request gets its own answer, on a connection of its own.
		after := send(t, transport, "GET", base+"/id?id=after")
		after.want(t, 200, []byte("after"))
		if after.Exchange().Reused {
			t.Error("a connection with an unfinished upload was used again")
		}
	})
}
