//go:build unix

package httpx

import (
	"path/filepath"
	"syscall"
	"testing"
)

func TestFileThatIsAPipe(t *testing.T) {
	name := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(name, 0o600); err != nil {
		t.Fatal(err)
	}
	body := File(name)
	if got := contentLength(body); got != unknownLength {
		t.Errorf("length %q, want %q", got, unknownLength)
	}
	if opensAgain(body) {
		t.Error("a pipe is taken to yield its bytes again")
	}
}
