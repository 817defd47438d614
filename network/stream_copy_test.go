package network_test

import (
	"bytes"
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/gohttpx/httpx/network"
	"github.com/gohttpx/httpx/network/networktest"
)

// pattern is more than the kernel copies in one step, and not a multiple of it.
var pattern = bytes.Repeat([]byte("0123456789abcdefg"), 600<<10/17)

func patternFile(t *testing.T) *os.File {
	t.Helper()
	name := filepath.Join(t.TempDir(), "pattern")
	if err := os.WriteFile(name, pattern, 0o600); err != nil {
		t.Fatal(err)
	}
	file, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { file.Close() })
	return file
}

func memoryPair(t testing.TB) (*network.Stream, net.Conn) {
	client, server := networktest.Pipe()
	stream := network.NewStream(client)
	t.Cleanup(func() { stream.Close(); server.Close() })
	return stream, server
}

func tlsPair(t testing.TB) (*network.Stream, net.Conn) {
	stream, server := tcpPair(t)
	return stream, startTLS(t, stream, server, clientConfig("a"))
}

var pairs = map[string]func(testing.TB) (*network.Stream, net.Conn){
	"tcp": tcpPair, "unix": unixPair, "memory": memoryPair, "TLS": tlsPair,
}

// barePair is a loopback connection without a stream.
func barePair(t *testing.T) (client, server net.Conn) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	if client, err = net.Dial("tcp", listener.Addr().String()); err != nil {
		t.Fatal(err)
	}
	if server, err = listener.Accept(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { client.Close(); server.Close() })
	return client, server
}

// A halfCloser is what all these conns are.
type halfCloser interface {
	io.Writer
	CloseWrite() error
}

// send writes data and its end elsewhere.
func send(w io.Writer, data []byte) {
	go func() {
		w.Write(data)
		w.(halfCloser).CloseWrite()
	}()
}

// drained reads a conn to its end elsewhere.
func drained(conn io.Reader) <-chan []byte {
	result := make(chan []byte, 1)
	go func() {
		data, _ := io.ReadAll(conn)
		result <- data
	}()
	return result
}

func wantData(t *testing.T, got, want []byte) {
	t.Helper()
	if !bytes.Equal(got, want) {
		t.Errorf("%d bytes came, which are not the %d that were sent", len(got), len(want))
	}
}

func TestReadFrom(t *testing.T) {
	const limit = 300 << 10
	sources := map[string]struct {
		open func(t *testing.T) io.Reader
		want []byte
	}{
		"file":         {func(t *testing.T) io.Reader { return patternFile(t) }, pattern},
		"limited file": {func(t *testing.T) io.Reader { return io.LimitReader(patternFile(t), limit) }, pattern[:limit]},
		"bytes":        {func(t *testing.T) io.Reader { return struct{ io.Reader }{bytes.NewReader(pattern)} }, pattern},
		"with its end": {func(t *testing.T) io.Reader { return iotest.DataErrReader(bytes.NewReader(pattern)) }, pattern},
		"tcp": {func(t *testing.T) io.Reader {
			client, server := barePair(t)
			send(server, pattern)
			return client
		}, pattern},
		"nothing": {func(t *testing.T) io.Reader { return strings.NewReader("") }, nil},
	}
	for pairName, pair := range pairs {
		for name, source := range sources {
			t.Run(name+" to "+pairName, func(t *testing.T) {
				stream, server := pair(t)
				result := drained(server)
				n, err := stream.ReadFrom(source.open(t))
				if n != int64(len(source.want)) || err != nil {
					t.Errorf("ReadFrom = %d, %v", n, err)
				}
				if _, out := stream.Counts(); out != n {
					t.Errorf("%d bytes are counted", out)
				}
				if err := stream.CloseWrite(); err != nil {
					t.Error(err)
				}
				wantData(t, <-result, source.want)
			})
		}
	}
}

func TestWriteTo(t *testing.T) {
	targets := map[string]func(t *testing.T) (w halfCloser, end io.Reader){
		"a conn": func(t *testing.T) (halfCloser, io.Reader) {
			client, server := barePair(t)
			return client.(halfCloser), server
		},
	}
	for name, pair := range pairs {
		targets["a stream over "+name] = func(t *testing.T) (halfCloser, io.Reader) { return pair(t) }
	}
	for pairName, pair := range pairs {
		for name, target := range targets {
			t.Run(pairName+" to "+name, func(t *testing.T) {
				stream, server := pair(t)
				send(server, pattern)
				w, end := target(t)
				result := drained(end)
				stream.Unread([]byte("first "))
				want := append([]byte("first "), pattern...)

				n, err := stream.WriteTo(w)
				if n != int64(len(want)) || err != nil {
					t.Errorf("WriteTo = %d, %v", n, err)
				}
				if in, _ := stream.Counts(); in != int64(len(pattern)) {
					t.Errorf("%d bytes are counted", in)
				}
				w.CloseWrite()
				wantData(t, <-result, want)
			})
		}
	}
}

// TestCopyBetweenStreams is how a proxy uses them.
func TestCopyBetweenStreams(t *testing.T) {
	from, client := tcpPair(t)
	to, server := tcpPair(t)
	send(client, pattern)
	result := drained(server)
	if n, err := io.Copy(to, from); n != int64(len(pattern)) || err != nil {
		t.Errorf("Copy = %d, %v", n, err)
	}
	to.CloseWrite()
	wantData(t, <-result, pattern)
	if _, out := to.Counts(); out != int64(len(pattern)) {
		t.Errorf("%d bytes are counted", out)
	}
}

// A stingyWriter takes n bytes and then fails, or says nothing if err is nil.
type stingyWriter struct {
	n   int
	err error
}

func (w *stingyWriter) Write(p []byte) (int, error) {
	n := min(w.n, len(p))
	w.n -= n
	return n, w.err
}

func TestWriteToKeepsWhatWasNotTaken(t *testing.T) {
	full := errors.New("full")
	for _, test := range []struct{ give, want error }{{full, full}, {nil, io.ErrShortWrite}} {
		stream, _ := memoryPair(t)
		stream.Unread([]byte("abcdef"))
		n, err := stream.WriteTo(&stingyWriter{n: 2, err: test.give})
		if n != 2 || err != test.want {
			t.Errorf("WriteTo = %d, %v", n, err)
		}
		wantRead(t, stream, "cdef")
	}
}

func TestCopyErrors(t *testing.T) {
	broken := errors.New("broken")
	stream, server := memoryPair(t)
	n, err := stream.ReadFrom(io.MultiReader(strings.NewReader("abc"), iotest.ErrReader(broken)))
	if n != 3 || err != broken {
		t.Errorf("ReadFrom = %d, %v", n, err)
	}
	wantRead(t, server, "abc")
	mustWrite(t, server, "abc")
	if n, err := stream.WriteTo(&stingyWriter{n: 2}); n != 2 || err != io.ErrShortWrite {
		t.Errorf("WriteTo = %d, %v", n, err)
	}
}

// TestCloseEndsCopies has both directions wait in the kernel or in memory.
func TestCloseEndsCopies(t *testing.T) {
	for name, pair := range pairs {
		t.Run(name, func(t *testing.T) {
			stream, server := pair(t)
			source, feeder := tcpPair(t)
			read, written := make(chan error, 1), make(chan error, 1)
			go func() {
				_, err := stream.ReadFrom(source)
				read <- err
			}()
			go func() {
				_, err := stream.WriteTo(io.Discard)
				written <- err
			}()
			mustWrite(t, feeder, "x")
			wantRead(t, server, "x") // both run
			stream.Close()
			if err := <-written; err != net.ErrClosed {
				t.Errorf("WriteTo ended with %v", err)
			}
			mustWrite(t, feeder, "y")
			if err := <-read; err != net.ErrClosed {
				t.Errorf("ReadFrom ended with %v", err)
			}
		})
	}
}
