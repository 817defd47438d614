package network_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http/httptrace"
	"net/netip"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/gohttpx/httpx/network"
)

func TestResolve(t *testing.T) {
	dialer := &network.Dialer{Resolver: nameServer{
		"both.test": {"192.0.2.1", "192.0.2.2", "2001:db8::1"},
		"four.test": {"192.0.2.1"},
	}.resolver()}
	tests := []struct{ network, host, want string }{
		{"tcp", "both.test", "[2001:db8::1 192.0.2.1 192.0.2.2]"},
		{"tcp4", "both.test", "[192.0.2.1 192.0.2.2]"},
		{"tcp6", "both.test", "[2001:db8::1]"},
		{"tcp", "four.test", "[192.0.2.1]"},
		{"tcp6", "four.test", "no such host|no suitable address|no address"},
		{"tcp", "none.test", "no such host"},
		{"tcp", "192.0.2.7", "[192.0.2.7]"},
		{"tcp4", "192.0.2.7", "[192.0.2.7]"},
		{"tcp6", "192.0.2.7", "address 192.0.2.7: not an address for tcp6"},
		{"tcp6", "2001:db8::7", "[2001:db8::7]"},
		{"tcp4", "2001:db8::7", "address 2001:db8::7: not an address for tcp4"},
		{"tcp", "fe80::1%eth0", "[fe80::1%eth0]"},
		{"tcp", "::ffff:192.0.2.7", "[192.0.2.7]"},
		{"tcp", "", "no host"},
		{"udp", "192.0.2.7", `cannot resolve for "udp"`},
	}
	for _, test := range tests {
		ips, err := dialer.Resolve(t.Context(), test.network, test.host)
		got := fmt.Sprint(ips)
		if err != nil {
			got = err.Error()
		}
		matches := false
		for _, want := range strings.Split(test.want, "|") {
			matches = matches || got == want || err != nil && strings.Contains(got, want)
		}
		if !matches {
			t.Errorf("%s %q: %s, want %s", test.network, test.host, got, test.want)
		}
	}
}

func TestResolveEndsWithItsContext(t *testing.T) {
	dialer := &network.Dialer{Resolver: silentResolver(t)}
	// A lookup by itself looks at Done alone.
	ctx := deadlineOnly{context.Background(), time.Now().Add(20 * time.Millisecond)}
	begin := time.Now()
	_, err := dialer.Resolve(ctx, "tcp", "silent.test")
	var ne net.Error
	if !errors.As(err, &ne) || !ne.Timeout() {
		t.Errorf("it ended with %v", err)
	}
	if took := time.Since(begin); took > 4*time.Second { // its own limit is 5 s, twice
		t.Errorf("it took %v", took)
	}

	cancelled, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := dialer.Resolve(cancelled, "tcp", "silent.test"); err == nil {
		t.Error("cancelled, it found something")
	}
}

func TestResolveOfLiteralAllocatesTheSliceOnly(t *testing.T) {
	var dialer network.Dialer
	allocs := testing.AllocsPerRun(100, func() { dialer.Resolve(context.Background(), "tcp", "192.0.2.7") })
	if allocs > 1 {
		t.Errorf("it makes %v allocations", allocs)
	}
}

// accepting returns the port of a listener on 127.0.0.1 that accepts and closes.
func accepting(t *testing.T) (port string) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			conn.Close()
		}
	}()
	t.Cleanup(func() { listener.Close(); <-done })
	_, port, _ = net.SplitHostPort(listener.Addr().String())
	return port
}

// refusing returns a port of 127.0.0.0/8 at which nobody listens.
func refusing(t *testing.T) (port string) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	listener.Close()
	_, port, _ = net.SplitHostPort(listener.Addr().String())
	return port
}

func TestDial(t *testing.T) {
	port := accepting(t)
	dialer := &network.Dialer{Resolver: nameServer{
		"one.test":   {"127.0.0.1"},
		"other.test": {"127.0.0.2", "127.0.0.1"}, // nobody listens at the first
	}.resolver()}
	for _, host := range []string{"127.0.0.1", "one.test", "other.test"} {
		conn, err := dialer.DialContext(t.Context(), "tcp", net.JoinHostPort(host, port))
		if err != nil {
			t.Errorf("%s: %v", host, err)
			continue
		}
		if got := conn.RemoteAddr().String(); got != "127.0.0.1:"+port {
			t.Errorf("%s: connected to %s", host, got)
		}
		conn.Close()
	}
}

func TestDialErrors(t *testing.T) {
	port := refusing(t)
	dialer := &network.Dialer{Resolver: nameServer{
		"two.test": {"127.0.0.1", "127.0.0.2"},
	}.resolver()}
	tests := []struct {
		network, address string
		want             string
		is               error
	}{
		{"tcp", "127.0.0.1", "dial tcp: address 127.0.0.1: missing port in address", nil},
		{"tcp", "127.0.0.1:70000", "dial tcp: ", nil},
		{"tcp", "127.0.0.1:no-such-service", "dial tcp: ", nil},
		{"tcp", "none.test:80", "dial tcp: lookup none.test", nil},
		{"tcp", "127.0.0.1:" + port, "dial tcp 127.0.0.1:" + port + ": connect: connection refused", syscall.ECONNREFUSED},
		{"tcp", "two.test:" + port, "dial tcp 127.0.0.2:" + port + ": connect: connection refused", syscall.ECONNREFUSED},
		{"nonsense", "127.0.0.1:80", "dial nonsense: unknown network nonsense", nil},
	}
	for _, test := range tests {
		_, err := dialer.DialContext(t.Context(), test.network, test.address)
		if err == nil || !strings.Contains(err.Error(), test.want) || test.is != nil && !errors.Is(err, test.is) {
			t.Errorf("%s %s: %v, want %q", test.network, test.address, err, test.want)
		}
		var ne net.Error
		if !errors.As(err, &ne) || ne.Timeout() {
			t.Errorf("%s %s: %v is a timeout", test.network, test.address, err)
		}
	}
	if _, err := dialer.DialAddresses(t.Context(), "tcp", nil); err == nil {
		t.Error("no addresses, no error")
	}
}

func TestDialNamedPort(t *testing.T) {
	var asked string
	dialer := &network.Dialer{Control: func(_ context.Context, _, address string, _ syscall.RawConn) error {
		asked = address
		return errors.New("that is all")
	}}
	dialer.DialContext(t.Context(), "tcp", "127.0.0.1:http")
	if asked != "127.0.0.1:80" {
		t.Errorf("it dials %q", asked)
	}
}

func TestDialSettings(t *testing.T) {
	port := accepting(t)
	type key struct{}
	var seen any
	dialer := &network.Dialer{
		LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, 0, 9)},
		KeepAlive: net.KeepAliveConfig{Idle: time.Minute}, // not enabled: off
		Control: func(ctx context.Context, networkName, address string, c syscall.RawConn) error {
			seen = ctx.Value(key{})
			return nil
		},
	}
	ctx := context.WithValue(t.Context(), key{}, "kept")
	conn, err := dialer.DialContext(ctx, "tcp", "127.0.0.1:"+port)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if host, _, _ := net.SplitHostPort(conn.LocalAddr().String()); host != "127.0.0.9" {
		t.Errorf("dialled from %s", host)
	}
	if seen != "kept" {
		t.Errorf("Control saw the value %v", seen)
	}
}

// TestDialIsTraced has the hooks of net/http/httptrace, which ride on the context.
func TestDialIsTraced(t *testing.T) {
	port := accepting(t)
	dialer := &network.Dialer{Resolver: nameServer{"one.test": {"127.0.0.1"}}.resolver()}
	var events []string
	trace := &httptrace.ClientTrace{
		DNSStart:     func(info httptrace.DNSStartInfo) { events = append(events, "resolve "+info.Host) },
		DNSDone:      func(info httptrace.DNSDoneInfo) { events = append(events, fmt.Sprint("resolved ", len(info.Addrs))) },
		ConnectStart: func(network, addr string) { events = append(events, "connect "+network) },
		ConnectDone:  func(network, addr string, err error) { events = append(events, fmt.Sprint("connected ", err)) },
	}
	conn, err := dialer.DialContext(httptrace.WithClientTrace(t.Context(), trace), "tcp", "one.test:"+port)
	if err != nil {
		t.Fatal(err)
	}
	conn.Close()
	if got, want := strings.Join(events, ", "), "resolve one.test, resolved 1, connect tcp, connected <nil>"; got != want {
		t.Errorf("the hooks saw %q, want %q", got, want)
	}
}

func TestDialRaceOverSockets(t *testing.T) {
	port, err := strconv.ParseUint(accepting(t), 10, 16)
	if err != nil {
		t.Fatal(err)
	}
	var addresses []netip.AddrPort
	for _, host := range []string{"127.0.0.3", "127.0.0.2", "127.0.0.1"} {
		addresses = append(addresses, netip.AddrPortFrom(netip.MustParseAddr(host), uint16(port)))
	}
	dialer := &network.Dialer{AttemptDelay: time.Minute} // failures do not wait for it
	ctx := deadlineOnly{context.Background(), time.Now().Add(10 * time.Second)}
	conn, err := dialer.DialAddresses(ctx, "tcp", addresses)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if got := conn.RemoteAddr().String(); got != addresses[2].String() {
		t.Errorf("connected to %s", got)
	}
}

func TestUnix(t *testing.T) {
	path := filepath.Join(t.TempDir(), "socket")
	listener, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	backend := network.Unix(path)
	conn, err := backend.DialContext(t.Context(), "tcp", "www.example.com:80")
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	wantText(t, network.NewStream(conn), `<NetworkStream ["`+path+`"]>`)
	if got := fmt.Sprint(backend); got != "unix:"+path {
		t.Errorf("the backend's text is %s", got)
	}
	if _, err := network.Unix(path+"x").DialContext(t.Context(), "tcp", "a:80"); err == nil {
		t.Error("connected to nothing")
	}
	// A Dialer takes net's other networks, too.
	var dialer network.Dialer
	other, err := dialer.DialContext(t.Context(), "unix", path)
	if err != nil {
		t.Fatal(err)
	}
	other.Close()
}

// TestDialAllocations compares with net.Dialer under the same context: one
// address costs the Dialer's own next to nothing.
func TestDialAllocations(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0") // the backlog connects
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	address := netip.MustParseAddrPort(listener.Addr().String())
	ctx := deadlineOnly{context.Background(), time.Now().Add(time.Hour)}
	count := func(dial func() (net.Conn, error)) float64 {
		return testing.AllocsPerRun(20, func() {
			conn, err := dial()
			if err != nil {
				t.Fatal(err)
			}
			conn.Close()
		})
	}
	var theirs net.Dialer
	var dialer network.Dialer
	text := address.String()
	std := count(func() (net.Conn, error) { return theirs.DialContext(ctx, "tcp", text) })
	one := []netip.AddrPort{address}
	ours := count(func() (net.Conn, error) { return dialer.DialAddresses(ctx, "tcp", one) })
	if ours > std+1 { // the address as text
		t.Errorf("DialAddresses makes %v allocations, net.Dialer %v", ours, std)
	}
}
