package networktest_test

import (
	"bytes"
	"errors"
	"io"
	"net"
	"os"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gohttpx/httpx/network"
	"github.com/gohttpx/httpx/network/networktest"
)

// inBothDirections runs a test of a connection's reading and writing end, once
// with each side as the reader, in a bubble.
func inBothDirections(t *testing.T, test func(t *testing.T, reader, writer net.Conn)) {
	t.Helper()
	for _, clientReads := range []bool{true, false} {
		name := "server reads"
		if clientReads {
			name = "client reads"
		}
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				client, server := networktest.Pipe()
				defer client.Close()
				defer server.Close()
				if clientReads {
					test(t, client, server)
				} else {
					test(t, server, client)
				}
			})
		})
	}
}

func wantRead(t *testing.T, conn net.Conn, want string) {
	t.Helper()
	buf := make([]byte, 1<<10)
	n, err := conn.Read(buf)
	if err != nil || string(buf[:n]) != want {
		t.Errorf("read %q, %v; want %q", buf[:n], err, want)
	}
}

func wantReadError(t *testing.T, conn net.Conn, want error) {
	t.Helper()
	n, err := conn.Read(make([]byte, 10))
	if n != 0 || !errors.Is(err, want) {
		t.Errorf("read %d bytes, %v; want the error %v", n, err, want)
	}
}

func wantWriteError(t *testing.T, conn net.Conn, want error) {
	t.Helper()
	n, err := conn.Write([]byte("x"))
	if n != 0 || !errors.Is(err, want) {
		t.Errorf("wrote %d bytes, %v; want the error %v", n, err, want)
	}
}

func wantProbe(t *testing.T, conn net.Conn, want network.Liveness, wantErr error) {
	t.Helper()
	live, err := conn.(network.Prober).Probe()
	if live != want || !errors.Is(err, wantErr) {
		t.Errorf("Probe says %v, %v; want %v, %v", live, err, want, wantErr)
	}
}

func TestConnKeepsPieces(t *testing.T) {
	inBothDirections(t, func(t *testing.T, reader, writer net.Conn) {
		io.WriteString(writer, "one")
		io.WriteString(writer, "two")
		wantRead(t, reader, "one")
		buf := make([]byte, 1)
		if n, err := reader.Read(buf); n != 1 || err != nil || buf[0] != 't' {
			t.Errorf("read %q, %v", buf[:n], err)
		}
		wantRead(t, reader, "wo")
	})
}

func TestConnCopiesWhatIsWritten(t *testing.T) {
	inBothDirections(t, func(t *testing.T, reader, writer net.Conn) {
		p := []byte("mine")
		writer.Write(p)
		clear(p)
		wantRead(t, reader, "mine")
	})
}

func TestConnReadWaits(t *testing.T) {
	inBothDirections(t, func(t *testing.T, reader, writer net.Conn) {
		time.AfterFunc(time.Second, func() { io.WriteString(writer, "late") })
		begin := time.Now()
		wantRead(t, reader, "late")
		if took := time.Since(begin); took != time.Second {
			t.Errorf("it took %v", took)
		}
	})
}

func TestConnReadOfNothing(t *testing.T) {
	inBothDirections(t, func(t *testing.T, reader, writer net.Conn) {
		if n, err := reader.Read(nil); n != 0 || err != nil {
			t.Errorf("Read(nil) = %d, %v", n, err)
		}
		if n, err := writer.Write(nil); n != 0 || err != nil {
			t.Errorf("Write(nil) = %d, %v", n, err)
		}
		wantProbe(t, reader, network.Alive, nil)
	})
}

// TestConnCarriesMuch has both directions busy with more than fits.
func TestConnCarriesMuch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, server := networktest.Pipe()
		defer client.Close()
		defer server.Close()
		data := bytes.Repeat([]byte("0123456789abcdef"), 200<<10/16)
		var wg sync.WaitGroup
		send := func(conn net.Conn) {
			if n, err := conn.Write(data); n != len(data) || err != nil {
				t.Errorf("wrote %d, %v", n, err)
			}
			conn.(interface{ CloseWrite() error }).CloseWrite()
		}
		receive := func(conn net.Conn) {
			got, err := io.ReadAll(conn)
			if err != nil || !bytes.Equal(got, data) {
				t.Errorf("read %d bytes, %v", len(got), err)
			}
		}
		wg.Go(func() { send(client) })
		wg.Go(func() { send(server) })
		wg.Go(func() { receive(client) })
		wg.Go(func() { receive(server) })
		wg.Wait()
	})
}

func TestConnDeadlines(t *testing.T) {
	past, soon := -time.Second, time.Second
	inBothDirections(t, func(t *testing.T, reader, writer net.Conn) {
		io.WriteString(writer, "x")
		reader.SetReadDeadline(time.Now().Add(past))
		wantReadError(t, reader, os.ErrDeadlineExceeded) // although there is something
		_, err := reader.Read(make([]byte, 1))
		if ne, ok := err.(net.Error); !ok || !ne.Timeout() {
			t.Errorf("%v is no timeout", err)
		}
		wantProbe(t, reader, network.Doubtful, network.ErrUnread) // it looks at no deadline
		if n, ok, err := reader.(network.TryReader).TryRead(make([]byte, 1)); n != 1 || !ok || err != nil {
			t.Errorf("TryRead = %d, %v, %v", n, ok, err)
		}

		reader.SetReadDeadline(time.Now().Add(soon))
		begin := time.Now()
		wantReadError(t, reader, os.ErrDeadlineExceeded)
		if took := time.Since(begin); took != soon {
			t.Errorf("the deadline came after %v", took)
		}

		// Moved while a Read waits: earlier, and away.
		reader.SetReadDeadline(time.Now().Add(time.Hour))
		time.AfterFunc(soon, func() { reader.SetReadDeadline(time.Now().Add(past)) })
		begin = time.Now()
		wantReadError(t, reader, os.ErrDeadlineExceeded)
		if took := time.Since(begin); took != soon {
			t.Errorf("the moved deadline came after %v", took)
		}
		reader.SetReadDeadline(time.Now().Add(soon))
		reader.SetReadDeadline(time.Time{})
		time.AfterFunc(time.Minute, func() { io.WriteString(writer, "y") })
		wantRead(t, reader, "y")

		// A write deadline is none for reading.
		reader.SetWriteDeadline(time.Now().Add(past))
		wantWriteError(t, reader, os.ErrDeadlineExceeded)
		io.WriteString(writer, "z")
		wantRead(t, reader, "z")
		reader.SetDeadline(time.Time{})
		if _, err := io.WriteString(reader, "back"); err != nil {
			t.Error(err)
		}
		wantRead(t, writer, "back")
	})
}

func TestConnWriteDeadline(t *testing.T) {
	inBothDirections(t, func(t *testing.T, reader, writer net.Conn) {
		writer.SetWriteDeadline(time.Now().Add(time.Second))
		n, err := writer.Write(make([]byte, 2<<20)) // more than either window
		if n == 0 || !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("wrote %d bytes, %v", n, err)
		}
		writer.SetWriteDeadline(time.Time{})
		rest := 2<<20 - n
		go func() {
			writer.Write(make([]byte, rest))
			writer.Close()
		}()
		if all, err := io.Copy(io.Discard, reader); all != 2<<20 || err != nil {
			t.Errorf("read %d, %v", all, err)
		}
	})
}

func TestConnClose(t *testing.T) {
	inBothDirections(t, func(t *testing.T, reader, writer net.Conn) {
		io.WriteString(writer, "last")
		if err := writer.Close(); err != nil {
			t.Error(err)
		}
		if err := writer.Close(); !errors.Is(err, net.ErrClosed) {
			t.Errorf("the second Close says %v", err)
		}
		wantProbe(t, writer, network.Closed, net.ErrClosed)
		wantReadError(t, writer, net.ErrClosed)
		wantWriteError(t, writer, net.ErrClosed)
		if err := writer.SetDeadline(time.Now()); !errors.Is(err, net.ErrClosed) {
			t.Errorf("SetDeadline says %v", err)
		}
		wantProbe(t, reader, network.Doubtful, network.ErrUnread)
		wantWriteError(t, reader, syscall.EPIPE)
		wantRead(t, reader, "last")
		wantProbe(t, reader, network.Closed, io.EOF)
		wantReadError(t, reader, io.EOF)
	})
}

func TestConnCloseEndsWhatWaits(t *testing.T) {
	inBothDirections(t, func(t *testing.T, reader, writer net.Conn) {
		time.AfterFunc(time.Second, func() { reader.Close() })
		wantReadError(t, reader, net.ErrClosed)
		wantReadError(t, writer, io.EOF)
	})
	inBothDirections(t, func(t *testing.T, reader, writer net.Conn) {
		time.AfterFunc(time.Second, func() { reader.Close() })
		if _, err := writer.Write(make([]byte, 2<<20)); !errors.Is(err, syscall.EPIPE) {
			t.Errorf("the write ended with %v", err)
		}
	})
}

func TestConnCloseWrite(t *testing.T) {
	inBothDirections(t, func(t *testing.T, reader, writer net.Conn) {
		if err := writer.(interface{ CloseWrite() error }).CloseWrite(); err != nil {
			t.Error(err)
		}
		wantWriteError(t, writer, syscall.EPIPE)
		wantReadError(t, reader, io.EOF)
		io.WriteString(reader, "still")
		wantRead(t, writer, "still")
		writer.Close()
		if err := writer.(interface{ CloseWrite() error }).CloseWrite(); !errors.Is(err, net.ErrClosed) {
			t.Errorf("after Close it says %v", err)
		}
	})
}

func TestConnReset(t *testing.T) {
	inBothDirections(t, func(t *testing.T, reader, writer net.Conn) {
		io.WriteString(writer, "lost")
		io.WriteString(reader, "lost too")
		time.AfterFunc(time.Second, func() { writer.(interface{ Reset() }).Reset() })
		wantRead(t, reader, "lost") // until then
		wantReadError(t, reader, syscall.ECONNRESET)
		wantWriteError(t, reader, syscall.ECONNRESET)
		wantProbe(t, reader, network.Closed, syscall.ECONNRESET)
		wantReadError(t, writer, net.ErrClosed)
		wantWriteError(t, writer, net.ErrClosed)
	})
}

func TestConnErrorsNameTheAddresses(t *testing.T) {
	client, server := networktest.Pipe()
	defer client.Close()
	server.Close()
	_, err := client.Write([]byte("x"))
	if got, want := err.Error(), "write tcp client->server: write: broken pipe"; got != want {
		t.Errorf("the error is %q, want %q", got, want)
	}
	if client.LocalAddr().String() != "client" || client.RemoteAddr().String() != "server" {
		t.Errorf("the addresses are %v and %v", client.LocalAddr(), client.RemoteAddr())
	}
}
