package networktest

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/gohttpx/httpx/network"
)

// patience is how long the end of a test waits for scripts to end. In a bubble
// it passes at once when nobody can do anything any more.
const patience = 2 * time.Second

// A Network is a [network.Backend] whose servers are scripts. Its methods may be
// called from several goroutines at once.
type Network struct {
	t    testing.TB
	done chan struct{} // closed when the test ends

	mu      sync.Mutex // guards what follows
	over    bool       // done is closed
	sites   map[string]*site
	dialing map[string]int     // dials under way, by address
	open    map[*conn]string   // the client ends not closed, with their names
	peers   map[*Peer]struct{} // whose scripts have not ended
	ended   sync.Cond          // peers or dialing has shrunk
}

var _ network.Backend = (*Network)(nil)

// A site is what is known of one address.
type site struct {
	script  func(*Peer) // nil: nobody listens
	refusal error
	stalled bool
	delay   time.Duration
	window  int // 0: the default
	dials   int
}

// New returns a network at which nobody listens yet. In a synctest bubble it is
// made inside the bubble, with the bubble's t.
func New(t testing.TB) *Network {
	n := &Network{
		t:       t,
		done:    make(chan struct{}),
		sites:   make(map[string]*site),
		dialing: make(map[string]int),
		open:    make(map[*conn]string),
		peers:   make(map[*Peer]struct{}),
	}
	n.ended.L = &n.mu
	t.Cleanup(n.finish)
	return n
}

// Handle has script serve each connection to address from now on, on a goroutine
// of its own; the connection is closed when it returns. The address is as it is
// dialled, "host:port", or "*" for all that are not named otherwise. It replaces
// what Handle, Refuse and Stall said of the address before.
func (n *Network) Handle(address string, script func(p *Peer)) {
	n.set(address, func(s *site) { s.script, s.refusal, s.stalled = script, nil, false })
}

// Refuse has dials to address fail with err; nil stands for ECONNREFUSED.
func (n *Network) Refuse(address string, err error) {
	if err == nil {
		err = os.NewSyscallError("connect", syscall.ECONNREFUSED)
	}
	n.set(address, func(s *site) { s.refusal, s.stalled = err, false })
}

// Stall has dials to address wait until their context ends.
func (n *Network) Stall(address string) {
	n.set(address, func(s *site) { s.refusal, s.stalled = nil, true })
}

// Delay has dials to address take d, whatever they come to.
func (n *Network) Delay(address string, d time.Duration) {
	n.set(address, func(s *site) { s.delay = d })
}

// Window sets how many bytes a client may write ahead of the script's reading,
// on connections to address that are made from now on: 64 KiB unless told, and
// at least 1. Peer.Window changes it later.
func (n *Network) Window(address string, bytes int) {
	n.set(address, func(s *site) { s.window = max(bytes, 1) })
}

func (n *Network) set(address string, change func(*site)) {
	n.mu.Lock()
	defer n.mu.Unlock()
	s := n.sites[address]
	if s == nil {
		s = new(site)
		n.sites[address] = s
	}
	change(s)
}

// Dials returns how many dials to address were begun, the failed ones too. For
// "*" it is the dials to all addresses.
func (n *Network) Dials(address string) int {
	n.mu.Lock()
	defer n.mu.Unlock()
	if address != "*" {
		if s := n.sites[address]; s != nil {
			return s.dials
		}
		return 0
	}
	all := 0
	for _, s := range n.sites {
		all += s.dials
	}
	return all
}

// Dialing returns how many dials are under way now.
func (n *Network) Dialing() int {
	n.mu.Lock()
	defer n.mu.Unlock()
	all := 0
	for _, count := range n.dialing {
		all += count
	}
	return all
}

// Open returns how many connections the clients have not closed.
func (n *Network) Open() int {
	n.mu.Lock()
	defer n.mu.Unlock()
	return len(n.open)
}

// DialContext is the client's side: see [network.Backend]. A dial to an address
// that has no script is refused.
func (n *Network) DialContext(ctx context.Context, networkName, address string) (net.Conn, error) {
	c, err := n.dial(ctx, address)
	if err != nil {
		return nil, &net.OpError{Op: "dial", Net: networkName, Addr: addr(address), Err: err}
	}
	return c, nil
}

func (n *Network) dial(ctx context.Context, address string) (net.Conn, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	number := n.begin(address)
	defer n.end(address)
	now := n.lookUp(address)
	if now.delay > 0 {
		if err := n.wait(ctx, now.delay); err != nil {
			return nil, err
		}
		now = n.lookUp(address) // as it is by now
	}
	switch {
	case now.stalled:
		return nil, n.wait(ctx, forEver)
	case now.refusal != nil:
		return nil, now.refusal
	case now.script == nil:
		return nil, fmt.Errorf("networktest: no script for %q: %w", address, os.NewSyscallError("connect", syscall.ECONNREFUSED))
	}
	return n.accept(address, number, now)
}

// begin counts a dial in and returns its number.
func (n *Network) begin(address string) (number int) {
	n.set(address, func(s *site) { s.dials++; number = s.dials })
	n.mu.Lock()
	defer n.mu.Unlock()
	n.dialing[address]++
	return number
}

func (n *Network) end(address string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.dialing[address]--; n.dialing[address] == 0 {
		delete(n.dialing, address)
	}
	n.ended.Broadcast()
}

// lookUp returns what is said of the address now, or else of all addresses.
func (n *Network) lookUp(address string) site {
	n.mu.Lock()
	defer n.mu.Unlock()
	own := *n.sites[address]
	all := n.sites["*"]
	if all == nil {
		return own
	}
	if own.script == nil && own.refusal == nil && !own.stalled {
		own.script, own.refusal, own.stalled = all.script, all.refusal, all.stalled
	}
	if own.delay == 0 {
		own.delay = all.delay
	}
	if own.window == 0 {
		own.window = all.window
	}
	return own
}

// accept starts the script on a new connection.
func (n *Network) accept(address string, number int, s site) (net.Conn, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.over {
		return nil, errOver
	}
	client, server := pipe(addr(fmt.Sprintf("client-%d", number)), addr(address))
	if s.window > 0 {
		server.in.window = s.window
	}
	p := newPeer(n, server, address, number)
	client.onClose = func() {
		n.mu.Lock()
		defer n.mu.Unlock()
		delete(n.open, client)
	}
	n.open[client] = p.name
	n.peers[p] = struct{}{}
	go p.run(s.script)
	return client, nil
}

var errOver = errors.New("networktest: the test is over")

const forEver = time.Duration(1<<63 - 1)

// wait lets d pass, and ends with an error when ctx does, whose deadline counts
// also where the context has no Done channel.
func (n *Network) wait(ctx context.Context, d time.Duration) error {
	var ripe, late <-chan time.Time
	if d != forEver {
		timer := time.NewTimer(d)
		defer timer.Stop()
		ripe = timer.C
	}
	if deadline, ok := ctx.Deadline(); ok {
		timer := time.NewTimer(time.Until(deadline))
		defer timer.Stop()
		late = timer.C
	}
	select {
	case <-ripe:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	case <-late:
		return context.DeadlineExceeded
	case <-n.done:
		return errOver
	}
}
