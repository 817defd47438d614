package integration

import (
	"bufio"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"testing"

	"github.com/gohttpx/httpx"
	"github.com/gohttpx/httpx/network"
)

// transferSize is how much goes each way.
func transferSize() int64 {
	if inBrief() {
		return 4 << 20
	}
	return 100 << 20
}

// TestTransfer has a program of its own speak through chains of two proxies, as
// ssh does by its ProxyCommand: a connection to the last of them, by a route
// through the first, that CONNECT makes a stream. Much goes both ways at once.
func TestTransfer(t *testing.T) {
	ca := newAuthority(t)
	squid, tiny, dante := startSquid(t, basic), startTinyproxy(t, false), startDante(t)
	_, secure := startHAProxy(t, ca, squid.behind)
	account := proxyAccount()
	inTLS := via("https", secure[0], nil)[0]
	inTLS.TLS = ca.trust()
	chains := []struct {
		name        string
		first, last httpx.Proxy
	}{
		{"socks5h, squid", via("socks5h", dante.address, account)[0], via("http", squid.asking, account)[0]},
		{"squid, tinyproxy", via("http", squid.asking, account)[0], via("http", tiny.address, nil)[0]},
		{"tinyproxy, https", via("http", tiny.address, nil)[0], inTLS},
		{"https, squid", inTLS, via("http", squid.plain, nil)[0]},
	}
	for _, chain := range chains {
		t.Run(chain.name, func(t *testing.T) {
			far := startFarEnd(t, transferSize())
			stream := openTunnel(t, ca, chain.first, chain.last, far.address)
			sent := exchangeBytes(t, stream, transferSize())

			sum := make([]byte, sha256.Size)
			if _, err := io.ReadFull(stream, sum); err != nil || string(sum) != string(sent) {
				t.Errorf("the other end read %x, we sent %x (%v)", sum, sent, err)
			}
			// The end of our bytes is the end of what the other end reads, after
			// which it closes; that is the end here.
			if err := stream.CloseWrite(); err != nil {
				t.Errorf("CloseWrite: %v", err)
			}
			if n, err := io.Copy(io.Discard, stream); n != 0 || err != nil {
				t.Errorf("behind the end there are %d bytes (%v)", n, err)
			}
			if err := <-far.ended; err != nil {
				t.Errorf("the other end: %v", err)
			}
		})
	}
}

// openTunnel makes a stream to an address, through two proxies.
func openTunnel(t testing.TB, ca *authority, first, last httpx.Proxy, address string) *network.Stream {
	t.Helper()
	first.AlwaysConnect = true // the last one is no origin to be asked for
	var fields httpx.Headers
	if user := last.URL.User; user != nil {
		fields = httpx.Headers{{"Proxy-Authorization", "Basic " + basicToken(user)}}
	}
	connection, err := httpx.OpenConnection(t.Context(), last.String(), &httpx.ConnectionOptions{
		TLS:   ca.trust(),
		Route: always(httpx.Route{first}),
	})
	if err != nil {
		t.Fatal(err)
	}
	closeAtEnd(t, connection)
	stream, _, err := connection.Upgrade(t.Context(), "CONNECT", address, fields)
	if err != nil {
		t.Fatal(err)
	}
	want := fmt.Sprintf("<Connection %q VIA %q VIA %q CONNECT>", address, first, last)
	if connection.String() != want {
		t.Errorf("the connection is %s, want %s", connection, want)
	}
	return stream
}

// basicToken is what Basic says of a user (RFC 7617).
func basicToken(user *url.Userinfo) string {
	password, _ := user.Password()
	return base64.StdEncoding.EncodeToString([]byte(user.Username() + ":" + password))
}

// always is the choice of one route.
func always(route httpx.Route) func(*url.URL) (httpx.Route, error) {
	return func(*url.URL) (httpx.Route, error) { return route, nil }
}

// TestHalfClose ends one direction of a tunnel, and then receives what the other
// end has to say about what came before. Of the proxies here, dante alone keeps
// the other direction open then: squid, tinyproxy and microsocks close both.
func TestHalfClose(t *testing.T) {
	account := proxyAccount()
	one, two := startDante(t), startDante(t)
	far := startFarEnd(t, untilEnd)
	route := append(via("socks5h", one.address, account), via("socks5", two.address, account)...)
	connection, err := httpx.OpenConnection(t.Context(), "http://"+far.address, &httpx.ConnectionOptions{Route: always(route)})
	if err != nil {
		t.Fatal(err)
	}
	closeAtEnd(t, connection)
	stream, _, err := connection.Upgrade(t.Context(), "GET", "/", httpx.Headers{{"Upgrade", "transfer"}})
	if err != nil {
		t.Fatal(err)
	}
	sent := sha256.New()
	if _, err := io.Copy(stream, io.TeeReader(outward(transferSize()), sent)); err != nil {
		t.Fatal(err)
	}
	if err := stream.CloseWrite(); err != nil {
		t.Fatal(err)
	}
	sum, err := io.ReadAll(stream)
	if err != nil || string(sum) != string(sent.Sum(nil)) {
		t.Errorf("the other end read %x, we sent %x (%v)", sum, sent.Sum(nil), err)
	}
	if err := <-far.ended; err != nil {
		t.Errorf("the other end: %v", err)
	}
}

// exchangeBytes sends and receives at once, checks what came, and returns the
// sum of what it sent.
func exchangeBytes(t testing.TB, stream *network.Stream, size int64) []byte {
	t.Helper()
	sent, failed := sha256.New(), make(chan error, 1)
	go func() {
		_, err := io.Copy(stream, io.TeeReader(outward(size), sent))
		failed <- err
	}()
	received, want := sha256.New(), sha256.New()
	if n, err := io.CopyN(received, stream, size); err != nil {
		t.Fatalf("received %d of %d bytes: %v", n, size, err)
	}
	io.Copy(want, homeward(size))
	if string(received.Sum(nil)) != string(want.Sum(nil)) {
		t.Error("what was received is not what was sent")
	}
	if err := <-failed; err != nil {
		t.Fatalf("sending: %v", err)
	}
	return sent.Sum(nil)
}

// The bytes that go each way.
func outward(size int64) io.Reader  { return io.LimitReader(rand.NewChaCha8([32]byte{1}), size) }
func homeward(size int64) io.Reader { return io.LimitReader(rand.NewChaCha8([32]byte{2}), size) }

// A farEnd is what streams lead to.
type farEnd struct {
	address string
	ended   chan error // gets one result a connection
}

// untilEnd is the size of what nobody knows the size of.
const untilEnd = -1

// startFarEnd runs a server that sends so many bytes while it receives as many,
// then the sum of what it received, and closes when nothing more comes. With
// untilEnd it switches from HTTP first, sends nothing else, and the sum when
// nothing more comes.
func startFarEnd(t testing.TB, size int64) *farEnd {
	t.Helper()
	far := &farEnd{ended: make(chan error, 1)}
	far.address = startScripted(t, func(conn net.Conn, _ int) {
		if size == untilEnd {
			far.ended <- sumUntilEnd(conn)
		} else {
			far.ended <- sumBothWays(conn, size)
		}
	}).address
	return far
}

func sumBothWays(conn net.Conn, size int64) error {
	sent := make(chan error, 1)
	go func() {
		_, err := io.Copy(conn, homeward(size))
		sent <- err
	}()
	received := sha256.New()
	n, err := io.CopyN(received, conn, size)
	if err != nil {
		conn.Close() // ends the sending
	}
	if failed := <-sent; err == nil {
		err = failed
	}
	if err != nil {
		return fmt.Errorf("after %d bytes: %w", n, err)
	}
	if _, err := conn.Write(received.Sum(nil)); err != nil {
		return err
	}
	if n, err := io.Copy(io.Discard, conn); n != 0 || err != nil {
		return fmt.Errorf("%d bytes too many (%v)", n, err)
	}
	return nil
}

func sumUntilEnd(conn net.Conn) error {
	buffered := bufio.NewReader(conn)
	if _, err := http.ReadRequest(buffered); err != nil {
		return err
	}
	if _, err := io.WriteString(conn, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: transfer\r\n\r\n"); err != nil {
		return err
	}
	received := sha256.New()
	if _, err := io.Copy(received, buffered); err != nil {
		return err
	}
	_, err := conn.Write(received.Sum(nil))
	return err
}
