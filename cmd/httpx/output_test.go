package main

import (
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

func TestOutputFile(t *testing.T) {
	origin := newOrigin(t)
	file := filepath.Join(t.TempDir(), "file")

	invoke(t, "-o", file, origin.URL+"/hello").want(t, exitOK, "")
	wantFile(t, file, "hello\n")

	invoke(t, "-i", "-o", file, origin.URL+"/missing").want(t, exitOK, "")
	if text := readFile(t, file); !strings.HasPrefix(text, "HTTP/1.1 404 Not Found\r\n") || !strings.HasSuffix(text, "\r\n\r\nnot here\n") {
		t.Errorf("the file holds %q", text)
	}

	invoke(t, "-o", "-", origin.URL+"/hello").want(t, exitOK, "hello\n")
}

// A request that gets no response, or not one that is wanted, leaves the file
// as it was.
func TestOutputFileIsLeftAlone(t *testing.T) {
	origin := newOrigin(t)
	file := filepath.Join(t.TempDir(), "file")
	writeFile(t, file, "old")

	invoke(t, "-o", file, "http://"+unusedAddress(t)).want(t, exitConnect, "")
	wantFile(t, file, "old")
	invoke(t, "-f", "-o", file, origin.URL+"/missing").want(t, exitHTTPError, "")
	wantFile(t, file, "old")
	invoke(t, "--remove-on-error", "-o", file, "http://"+unusedAddress(t)).want(t, exitConnect, "")
	wantFile(t, file, "old")
}

func TestOutputOfHalfABody(t *testing.T) {
	origin := newOrigin(t)
	file := filepath.Join(t.TempDir(), "file")

	i := invoke(t, "-o", file, origin.URL+"/broken")
	i.want(t, exitPartial, "")
	i.wantComplaint(t, file+" holds the first 4 bytes")
	wantFile(t, file, "half")

	invoke(t, "--remove-on-error", "-o", file, origin.URL+"/broken").want(t, exitPartial, "")
	if _, err := os.Stat(file); !os.IsNotExist(err) {
		t.Errorf("the file is still there: %v", err)
	}

	invoke(t, origin.URL+"/broken").want(t, exitPartial, "half")
}

func TestOutputThatFails(t *testing.T) {
	origin := newOrigin(t)
	i := new(invocation)
	i.terminal.in, i.terminal.out = strings.NewReader(""), failingWriter{}
	var complaint strings.Builder
	i.terminal.err = &complaint
	if status := run(t.Context(), []string{origin.URL + "/hello"}, &i.terminal); status != exitWriteOutput {
		t.Errorf("exit status %d: %s", status, complaint.String())
	}
}

func TestBinaryIsKeptFromTheScreen(t *testing.T) {
	origin := newOrigin(t)
	screen := invocation{terminal: terminal{outIsScreen: true}}

	i := screen
	i.run(t.Context(), origin.URL+"/binary")
	i.want(t, exitWriteOutput, "")
	i.wantComplaint(t, "binary", "--output -")

	i = screen
	i.run(t.Context(), "-o", "-", origin.URL+"/binary")
	i.want(t, exitOK, "\x89PNG\x00")

	i = screen
	i.run(t.Context(), origin.URL+"/hello")
	i.want(t, exitOK, "hello\n")

	invoke(t, origin.URL+"/binary").want(t, exitOK, "\x89PNG\x00")
}

func TestProgressIsShownToAPersonWhoWaits(t *testing.T) {
	for _, test := range []struct {
		name     string
		options  options
		terminal terminal
		want     bool
	}{
		{"a file", options{output: "f"}, terminal{outIsScreen: true, errIsScreen: true}, true},
		{"a pipe", options{}, terminal{errIsScreen: true}, true},
		{"the screen itself", options{}, terminal{outIsScreen: true, errIsScreen: true}, false},
		{"the screen all the same", options{output: "-"}, terminal{outIsScreen: true, errIsScreen: true}, false},
		{"nobody looks", options{output: "f"}, terminal{outIsScreen: true}, false},
		{"the story is told", options{output: "f", verbose: true}, terminal{errIsScreen: true}, false},
		{"not wanted", options{output: "f", silent: true}, terminal{errIsScreen: true}, false},
	} {
		if got := newGet(&test.options, &test.terminal).showsProgress(); got != test.want {
			t.Errorf("%s: %t", test.name, got)
		}
	}
}

func TestProgressBar(t *testing.T) {
	for _, test := range []struct {
		name  string
		size  int64
		words []string
	}{
		{"of a known size", 4096, []string{"25%", "1.0/4.0 KiB", "50%"}},
		{"of an unknown size", -1, []string{"1.0 KiB", "2.0 KiB"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var out strings.Builder
				var screen syncBuilder
				p := newProgress(&out, &screen, test.size)
				p.Write(make([]byte, 1024))
				time.Sleep(moment - 1)
				synctest.Wait()
				if screen.String() != "" {
					t.Errorf("too early: %q", screen.String())
				}
				time.Sleep(time.Second) // nothing arrives, and one sees so
				synctest.Wait()
				early := screen.String()
				p.Write(make([]byte, 1024))
				time.Sleep(time.Second)
				p.close()
				if early == "" || out.Len() != 2048 {
					t.Errorf("%q shown before the second piece, %d bytes written", early, out.Len())
				}
				shown := strings.ToLower(screen.String())
				for _, word := range test.words {
					if !strings.Contains(shown, strings.ToLower(word)) {
						t.Errorf("lacks %q: %q", word, shown)
					}
				}
				if last := shown[strings.LastIndexByte(strings.TrimRight(shown, "\r"), '\r')+1:]; strings.TrimSpace(last) != "" {
					t.Errorf("is left on the screen: %q", last)
				}
			})
		})
	}
}

// A download that is over in a moment shows nothing.
func TestNoProgressBarForAMoment(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out strings.Builder
		var screen syncBuilder
		p := newProgress(&out, &screen, 5)
		p.Write([]byte("hello"))
		p.close()
		time.Sleep(2 * moment)
		if screen.String() != "" {
			t.Errorf("%q", screen.String())
		}
	})
}

// A syncBuilder is a strings.Builder for several goroutines.
type syncBuilder struct {
	mu sync.Mutex
	b  strings.Builder
}

func (s *syncBuilder) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *syncBuilder) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

func wantFile(t *testing.T, name, want string) {
	t.Helper()
	if got := readFile(t, name); got != want {
		t.Errorf("%s holds %q, want %q", name, got, want)
	}
}

// waitForFile waits until the file holds text.
func waitForFile(t *testing.T, name, text string) {
	for range 1000 {
		if got, _ := os.ReadFile(name); string(got) == text {
			return
		}
		<-time.After(time.Millisecond)
	}
	t.Errorf("%s does not hold %q in time", name, text)
}

func readFile(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
