package main

import (
	"context"
	"crypto/sha256"
	"errors"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"strings"
	"sync"
	"testing"
)

// A tcpServer follows a script on each connection.
func newTCPServer(t *testing.T, script func(*net.TCPConn)) (address string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var running sync.WaitGroup
	t.Cleanup(func() {
		l.Close()
		running.Wait()
	})
	running.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			running.Go(func() {
				defer conn.Close()
				script(conn.(*net.TCPConn))
			})
		}
	})
	return l.Addr().String()
}

// echoAll gives back what comes, and ends when that does.
func echoAll(conn *net.TCPConn) { io.Copy(conn, conn) }

func TestTunnel(t *testing.T) {
	target := newTCPServer(t, echoAll)
	first, second := newConnectProxy(t), newConnectProxy(t)
	for _, test := range []struct {
		name string
		args []string
	}{
		{"direct", nil},
		{"one proxy", []string{"--proxy", first.url}},
		{"two proxies", []string{"-x", first.url, "-x", strings.TrimPrefix(second.url, "http://")}},
	} {
		t.Run(test.name, func(t *testing.T) {
			i := &invocation{stdin: "hello\x00\n"}
			i.run(t.Context(), append([]string{"tunnel", target}, test.args...)...)
			i.want(t, exitOK, "hello\x00\n")
			if i.err != "" {
				t.Errorf("standard error: %s", i.err)
			}
		})
	}
	if got := second.targets(); len(got) != 1 || got[0] != target {
		t.Errorf("the second proxy was asked for %q", got)
	}
}

// A proxy of the environment is not asked: what ssh wants is said to ssh.
func TestTunnelLeavesTheEnvironmentAlone(t *testing.T) {
	t.Setenv("HTTPS_PROXY", "http://"+unusedAddress(t))
	i := &invocation{stdin: "hello"}
	i.run(t.Context(), "tunnel", newTCPServer(t, echoAll))
	i.want(t, exitOK, "hello")
}

// large is what goes each way in the test below.
const large = 100 << 20

// Both directions at once, through a proxy, with pipes as ssh makes them.
func TestTunnelMovesMuch(t *testing.T) {
	here, there := newNoise(1), newNoise(2)
	target := newTCPServer(t, func(conn *net.TCPConn) {
		var both sync.WaitGroup
		both.Go(func() { wantNoise(t, "the host", conn, here) })
		both.Go(func() {
			there.writeTo(conn)
			conn.CloseWrite()
		})
		both.Wait()
	})
	in, toIn := newPipe(t)
	fromOut, out := newPipe(t)
	var ends sync.WaitGroup
	ends.Go(func() {
		here.writeTo(toIn)
		toIn.Close()
	})
	ends.Go(func() { wantNoise(t, "standard output", fromOut, there) })
	status := run(t.Context(), []string{"tunnel", "-x", newConnectProxy(t).url, target}, &terminal{in: in, out: out, err: io.Discard})
	if status != exitOK {
		t.Errorf("exit status %d", status)
		out.Close()
		in.Close()
	}
	ends.Wait()
}

func newPipe(t *testing.T) (r, w *os.File) {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		r.Close()
		w.Close()
	})
	return r, w
}

// noise is large random bytes, the same for the same seed.
type noise struct{ seed [32]byte }

func newNoise(seed byte) noise { return noise{[32]byte{seed}} }

func (n noise) reader() io.Reader { return io.LimitReader(rand.NewChaCha8(n.seed), large) }

func (n noise) writeTo(w io.Writer) { io.Copy(w, n.reader()) }

func wantNoise(t *testing.T, where string, r io.Reader, want noise) {
	got, expected := sha256.New(), sha256.New()
	io.Copy(expected, want.reader())
	size, err := io.Copy(got, r)
	if size != large || err != nil || string(got.Sum(nil)) != string(expected.Sum(nil)) {
		t.Errorf("%s got %d bytes, %v, and wanted other %d", where, size, err, large)
	}
}

// The end of the host's bytes ends standard output while standard input is
// still open, and the other way round.
func TestTunnelHalves(t *testing.T) {
	t.Run("the host ends first", func(t *testing.T) {
		target := newTCPServer(t, func(conn *net.TCPConn) {
			io.WriteString(conn, "bye")
			conn.CloseWrite()
			if text, err := io.ReadAll(conn); string(text) != "late" || err != nil {
				t.Errorf("the host read %q, %v", text, err)
			}
		})
		in, toIn := io.Pipe()
		fromOut, out := io.Pipe()
		go func() {
			if text, err := io.ReadAll(fromOut); string(text) != "bye" || err != nil {
				t.Errorf("standard output is %q, %v", text, err)
			}
			io.WriteString(toIn, "late") // now that the output has ended
			toIn.Close()
		}()
		if status := run(t.Context(), []string{"tunnel", target}, &terminal{in: in, out: out, err: io.Discard}); status != exitOK {
			t.Errorf("exit status %d", status)
		}
	})
	t.Run("standard input ends first", func(t *testing.T) {
		target := newTCPServer(t, func(conn *net.TCPConn) {
			text, _ := io.ReadAll(conn)
			io.WriteString(conn, "after "+string(text))
		})
		i := &invocation{stdin: "all"}
		i.run(t.Context(), "tunnel", target)
		i.want(t, exitOK, "after all")
	})
}

func TestTunnelFails(t *testing.T) {
	nobody := unusedAddress(t)
	refusing := newRawServer(t, "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")
	for _, test := range []struct {
		name   string
		args   []string
		status int
		says   []string
	}{
		{"no target", nil, exitUsage, []string{"HOST:PORT"}},
		{"no port", []string{"host"}, exitUsage, []string{"host:port"}},
		{"no number", []string{"host:ssh"}, exitUsage, []string{"port", "ssh"}},
		{"no proxy", []string{"-x", "ftp://a", "host:22"}, exitUsage, []string{"ftp"}},
		{"nobody listens", []string{nobody}, exitConnect, []string{nobody}},
		{"a proxy that refuses", []string{"-x", "http://Ada:secret@" + refusing, "host:22"}, exitProxy, []string{"403", refusing, "host:22"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			i := invoke(t, append([]string{"tunnel"}, test.args...)...)
			i.want(t, test.status, "")
			i.wantComplaint(t, test.says...)
			if strings.Contains(i.err, "secret") {
				t.Errorf("standard error shows a secret: %s", i.err)
			}
		})
	}
}

// hangingReader gives nothing until the test ends.
func hangingReader(t *testing.T) io.Reader {
	r, w := io.Pipe()
	t.Cleanup(func() { w.Close() })
	return r
}

// Failures end the tunnel although standard input is open still.
func TestTunnelBreaks(t *testing.T) {
	t.Run("the host resets", func(t *testing.T) {
		target := newTCPServer(t, func(conn *net.TCPConn) {
			conn.Read(make([]byte, 1))
			conn.SetLinger(0)
		})
		in := io.MultiReader(strings.NewReader("x"), hangingReader(t))
		if status := run(t.Context(), []string{"tunnel", target}, &terminal{in: in, out: io.Discard, err: io.Discard}); status != exitReceive {
			t.Errorf("exit status %d", status)
		}
	})
	t.Run("nobody reads the output", func(t *testing.T) {
		target := newTCPServer(t, func(conn *net.TCPConn) { io.WriteString(conn, "hello") })
		if status := run(t.Context(), []string{"tunnel", target}, &terminal{in: hangingReader(t), out: failingWriter{}, err: io.Discard}); status != exitWriteOutput {
			t.Errorf("exit status %d", status)
		}
	})
	t.Run("the input cannot be read", func(t *testing.T) {
		target := newTCPServer(t, echoAll)
		in, w := io.Pipe()
		w.CloseWithError(errors.New("torn"))
		if status := run(t.Context(), []string{"tunnel", target}, &terminal{in: in, out: io.Discard, err: io.Discard}); status != exitReadInput {
			t.Errorf("exit status %d", status)
		}
	})
	t.Run("interrupted", func(t *testing.T) {
		ctx, interrupt := context.WithCancel(t.Context())
		target := newTCPServer(t, func(conn *net.TCPConn) {
			interrupt()
			io.Copy(io.Discard, conn)
		})
		if status := run(ctx, []string{"tunnel", target}, &terminal{in: hangingReader(t), out: io.Discard, err: io.Discard}); status != exitInterrupted {
			t.Errorf("exit status %d", status)
		}
	})
}
