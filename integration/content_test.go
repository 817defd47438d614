package integration

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"strconv"
	"testing"

	"github.com/gohttpx/httpx"
)

var contentSizes = []int{0, 1, 16 << 10, 1 << 20}

// randomBytes are the same for the same size.
func randomBytes(size int) []byte {
	b := make([]byte, size)
	rand.NewChaCha8([32]byte{byte(size), byte(size >> 8)}).Read(b)
	return b
}

// forms are the ways to give the same bytes as a request's content, with what
// nginx sees of the framing.
var forms = []struct {
	name    string
	option  func([]byte) httpx.RequestOption
	framing func(size int) string
}{
	{"Bytes", func(b []byte) httpx.RequestOption { return httpx.Bytes(b) }, strconv.Itoa},
	{"Reader of known size", func(b []byte) httpx.RequestOption { return httpx.Reader(bytes.NewReader(b), int64(len(b))) }, strconv.Itoa},
	{"Reader of unknown size", func(b []byte) httpx.RequestOption { return httpx.Reader(bytes.NewReader(b), -1) }, func(int) string { return "chunked" }},
}

// TestEcho posts to an origin behind nginx that answers while it reads: neither
// side holds the megabyte, so that it comes back only to a client that reads
// beside its writing.
func TestEcho(t *testing.T) {
	n := startNginx(t)
	onEachFloor(t, n, func(t *testing.T, transport httpx.Transport, base string) {
		for _, form := range forms {
			for _, size := range contentSizes {
				t.Run(fmt.Sprintf("%s %d", form.name, size), func(t *testing.T) {
					content := randomBytes(size)
					answer := send(t, transport, "POST", base+"/origin/echo", form.option(content))
					answer.want(t, 200, content)
					answer.wantField(t, "X-Framing", form.framing(size))
				})
			}
		}
	})
}

// TestUpload posts to an origin that answers when it has read everything.
func TestUpload(t *testing.T) {
	n := startNginx(t)
	onEachFloor(t, n, func(t *testing.T, transport httpx.Transport, base string) {
		for _, form := range forms {
			for _, size := range contentSizes {
				t.Run(fmt.Sprintf("%s %d", form.name, size), func(t *testing.T) {
					content := randomBytes(size)
					sum := sha256.Sum256(content)
					answer := send(t, transport, "POST", base+"/origin/digest", form.option(content))
					answer.want(t, 200, []byte(hex.EncodeToString(sum[:])))
				})
			}
		}
	})
}
