package main

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gohttpx/httpx"
	"github.com/gohttpx/httpx/inspect"
)

// newInspected serves the page of a pool that has one connection at work and
// one that idles.
func newInspected(t *testing.T) (page string) {
	t.Helper()
	asked := make(chan struct{})
	origin := serve(t, httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/slow" {
			close(asked)
			<-r.Context().Done()
		}
	})), plainly)
	idle := newOrigin(t)
	pool := httpx.NewConnectionPool(nil)
	if _, err := pool.Request(t.Context(), "GET", idle.URL+"/hello"); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		pool.Request(ctx, "GET", origin.URL+"/slow?token=secret")
	}()
	<-asked
	mux := http.NewServeMux()
	mux.Handle("/debug/httpx/", inspect.Handler(pool))
	server := serve(t, httptest.NewUnstartedServer(mux), plainly)
	t.Cleanup(func() {
		cancel()
		<-ended
		pool.Close()
	})
	return server.URL + "/debug/httpx/"
}

func TestTopOnce(t *testing.T) {
	page := newInspected(t)
	for _, args := range [][]string{
		{"--once", page},
		{page}, // standard output is no terminal
		{strings.TrimSuffix(strings.TrimPrefix(page, "http://"), "/")},
		{page + "snapshot.json"},
	} {
		i := invoke(t, append([]string{"top"}, args...)...)
		if i.status != exitOK || i.err != "" || strings.Contains(i.out, "secret") {
			t.Fatalf("%q: exit status %d, %s%s", args, i.status, i.err, i.out)
		}
		// The server may have the request before its sender goes on to wait.
		out := regexp.MustCompile(`: (write|first byte) for|expires in [\w.]+`).ReplaceAllStringFunc(i.out, func(found string) string {
			if strings.HasPrefix(found, ":") {
				return ": PHASE for"
			}
			return "expires in TIME"
		})
		text := regexp.MustCompile(`(?m) +(TIME|\d+)`).ReplaceAllString(steady(out), " $1")
		text = regexp.MustCompile(`\d\d:\d\d:\d\d|(?m)^\d+( +(active|idle))|\d+ B`).ReplaceAllStringFunc(text, func(found string) string {
			switch {
			case strings.Contains(found, ":"):
				return "CLOCK"
			case strings.HasSuffix(found, "B"):
				return "N B"
			}
			return strings.TrimLeft(found, "0123456789")
		})
		wantGolden(t, "top.txt", regexp.MustCompile(` +`).ReplaceAllString(text, " "))
	}
}

func TestTopFails(t *testing.T) {
	origin := newOrigin(t)
	for _, test := range []struct {
		name   string
		args   []string
		status int
		says   []string
	}{
		{"no URL", nil, exitUsage, []string{"inspect"}},
		{"another scheme", []string{"ftp://a"}, exitFailed, []string{"ftp"}},
		{"nobody listens", []string{"http://" + unusedAddress(t)}, exitConnect, []string{"connect"}},
		{"no such page", []string{origin.URL + "/debug"}, exitHTTPError, []string{"/debug/snapshot.json", "404 Not Found"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			i := invoke(t, append([]string{"top"}, test.args...)...)
			i.want(t, test.status, "")
			i.wantComplaint(t, test.says...)
		})
	}
	other := serve(t, httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, `{"connections": 7}`)
	})), plainly)
	i := invoke(t, "top", other.URL)
	i.want(t, exitBadAnswer, "")
	i.wantComplaint(t, "no snapshot", "connections")
}

// On a terminal it goes on until a key is pressed, and leaves the screen as it
// was.
func TestTopOnAScreen(t *testing.T) {
	page := newInspected(t)
	keys, press := io.Pipe()
	screen, out := io.Pipe()
	var isRaw bool
	seen := make(chan string)
	go func() {
		var text strings.Builder
		var pressed bool
		for chunk := make([]byte, 64<<10); ; {
			n, err := screen.Read(chunk)
			text.Write(chunk[:n])
			if !pressed && strings.Contains(text.String(), clearRest) {
				pressed = true
				io.WriteString(press, "xq")
				press.Close()
			}
			if err != nil {
				break
			}
		}
		seen <- text.String()
	}()
	status := run(t.Context(), []string{"top", page}, &terminal{
		in: keys, out: out, err: os.Stderr, outIsScreen: true,
		rawKeys: func() (func(), error) { isRaw = true; return func() { isRaw = false }, nil },
		size:    func() (int, int) { return 60, 4 },
	})
	out.Close()
	text := <-seen
	if status != exitOK || isRaw {
		t.Errorf("exit status %d, keys are raw: %t", status, isRaw)
	}
	frame, ok := strings.CutPrefix(text, enterScreen+goHome)
	if !ok || !strings.HasSuffix(text, leaveScreen) {
		t.Fatalf("the screen got %q", text)
	}
	frame, _, _ = strings.Cut(frame, clearRest)
	lines := strings.Split(frame, clearLine+"\r\n")
	if len(lines) != 4 || lines[1] != "<ConnectionPool [1 active, 1 idle]>" || !strings.HasPrefix(lines[3], "... ") {
		t.Errorf("the lines are %q", lines)
	}
	for _, line := range lines {
		if n := len(strings.TrimSuffix(line, clearLine)); n > 60 {
			t.Errorf("%d columns: %q", n, line)
		}
	}
}

// A failure is shown, and does not end it; it says how fast the totals grow.
func TestTopGoesOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, interrupt := context.WithCancel(t.Context())
		var frames []string
		var fetched uint64
		top := &top{
			terminal: &terminal{out: writerFunc(func(p []byte) (int, error) {
				frames = append(frames, string(p))
				return len(p), nil
			})},
			page: "http://host/",
			fetch: func(context.Context) (*httpx.PoolSnapshot, error) {
				fetched++
				switch fetched {
				case 2:
					return nil, errors.New("it is gone")
				case 4:
					interrupt()
				}
				return &httpx.PoolSnapshot{Time: time.Now(), Text: "<ConnectionPool [0 active]>", Totals: httpx.TotalsSnapshot{Reused: 100 * fetched}}, nil
			},
		}
		began := time.Now()
		if err := top.live(ctx); err != nil {
			t.Fatal(err)
		}
		if took := time.Since(began); took != 3*refresh || len(frames) != 5 {
			t.Fatalf("%d writes in %v: %q", len(frames), took, frames)
		}
		for i, want := range []string{enterScreen, "reused 100    waited", "it is gone", "reused 300 (+100/s)", leaveScreen} {
			if !strings.Contains(frames[i], want) {
				t.Errorf("write %d lacks %q: %q", i, want, frames[i])
			}
		}
	})
}

// writerFunc is a function as a writer.
type writerFunc func(p []byte) (int, error)

func (f writerFunc) Write(p []byte) (int, error) { return f(p) }

func TestTopEndsWithItsOutput(t *testing.T) {
	top := &top{
		terminal: &terminal{out: failingWriter{}, in: strings.NewReader("")},
		fetch:    func(context.Context) (*httpx.PoolSnapshot, error) { return new(httpx.PoolSnapshot), nil },
	}
	for name, show := range map[string]func(context.Context) error{"once": top.once, "live": top.live} {
		if err := show(t.Context()); exitStatus(err) != exitWriteOutput {
			t.Errorf("%s: %v", name, err)
		}
	}
	top.rawKeys = func() (func(), error) { return nil, errors.New("no keys") }
	if err := top.live(t.Context()); exitStatus(err) != exitReadInput {
		t.Error(err)
	}
}

// What the rest of a pool looks like.
func TestTopFrame(t *testing.T) {
	s := &httpx.PoolSnapshot{
		Time: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), Text: "<ConnectionPool [2 active, 1 waiting]>", Closed: true,
		Limits: httpx.LimitsSnapshot{MaxConnections: -1, MaxConnectionsPerOrigin: 2, MaxIdle: 0, MaxWaiting: 9, IdleTimeout: -1, AcquireTimeout: time.Second},
		Counts: httpx.CountsSnapshot{Active: 1, Upgraded: 1, Waiting: 2},
		Totals: httpx.TotalsSnapshot{Opened: 3, Closed: map[string]uint64{"b": 1, "a": 1, "c": 7}},
		Origins: []httpx.OriginSnapshot{
			{Origin: "http://a", Route: []string{"http://p", "http://q"}, Counts: httpx.CountsSnapshot{Active: 1, Waiting: 2}, LearnedIdle: 5 * time.Second},
		},
		Connections: []httpx.ConnectionSnapshot{
			{ID: 1, Origin: "http://a", State: httpx.Idle, For: time.Second, Expires: 4 * time.Second, Age: time.Minute, Served: 3, BytesIn: 123_456_789, BytesOut: 9999},
			{ID: 2, Origin: "http://a", State: httpx.Upgraded, Protocol: "WEBSOCKET", For: time.Second},
			{ID: 3, Origin: "http://a", Route: []string{"http://p"}, State: httpx.Active, For: time.Second,
				Request: &httpx.InFlightSnapshot{Method: "GET", URL: "http://a/x", Phase: httpx.PhaseFirstByte, For: time.Millisecond}},
			{ID: 4, Origin: "http://a", State: httpx.Active, For: time.Minute},
			{ID: 5, Origin: "http://a", State: httpx.Connecting},
		},
		Waiters: []httpx.WaiterSnapshot{
			{Origin: "http://a", For: time.Second, Position: 1, HeldBy: "MaxConnectionsPerOrigin 2"},
			{Origin: "http://a", For: 2 * time.Second, HeldBy: "MaxConnectionsPerOrigin 2"},
		},
	}
	want := `http://host/  03:04:05
<ConnectionPool [2 active, 1 waiting]> closed

connections 2 of any, 2 of one origin    idle 0 of 0, for ever    waiting 2 of 9, for 1s
opened 3    failed dials 0    reused 0    waited 0    rejected 0    replayed 0
closed: 7 c, 1 a, 1 b

CONNECTING  ACTIVE  IDLE  UPGRADED  WAITING  KEEPS  ORIGIN
0           1       0     0         2        5s     http://a via http://p, http://q

CONNECTION  STATE       FOR   AGE   SERVED  IN       OUT     TO
4           active      1m0s  0s    0       0 B      0 B     http://a
3           active      1s    0s    0       0 B      0 B     GET http://a/x via http://p: first byte for 1ms
5           connecting  0s    0s    0       0 B      0 B     http://a
2           WEBSOCKET   1s    0s    0       0 B      0 B     http://a
1           idle        1s    1m0s  3       117 MiB  9999 B  http://a, expires in 4s

WAITING FOR  PLACE  HELD BY                    TO
2s           1      MaxConnectionsPerOrigin 2  http://a
1s           2      MaxConnectionsPerOrigin 2  http://a
`
	if got := (&top{page: "http://host/"}).frame(s, nil, false); got != want {
		t.Errorf("the frame is\n%s\nwant\n%s", got, want)
	}
	if got := (&top{page: "http://host/"}).frame(s, nil, true); strings.Count(got, "\x1b[90m") != 3 {
		t.Errorf("in colour it is\n%q", got)
	}
}

func TestCut(t *testing.T) {
	for _, test := range []struct {
		line    string
		columns int
		want    string
	}{
		{"hello", 5, "hello"},
		{"hello", 4, "hell"},
		{"größer", 4, "größ"},
		{"\x1b[31mhello\x1b[0m", 5, "\x1b[31mhello\x1b[0m"},
		{"\x1b[31mhello\x1b[0m", 2, "\x1b[31mhe\x1b[0m"},
		{"\x1b[31mhello\x1b[0m you", 7, "\x1b[31mhello\x1b[0m y"},
	} {
		if got := cut(test.line, test.columns); got != test.want {
			t.Errorf("%q in %d columns is %q, want %q", test.line, test.columns, got, test.want)
		}
	}
}
