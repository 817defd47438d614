package exchange

import (
	"runtime"
	"testing"

	"github.com/gohttpx/httpx/network"
	"github.com/gohttpx/httpx/network/networktest"
)

// asked is how many of n requests let others run, who write so many meanwhile.
func (c *Crowd) asked(n, others int) (asked int) {
	for range n {
		c.letOthersRun(func() {
			asked++
			c.written.Add(uint64(others))
		})
	}
	return asked
}

func TestCrowd(t *testing.T) {
	c := &Crowd{enough: 2}
	if n := c.asked(1000, 2); n != 1000 {
		t.Errorf("%d of 1000 let others run in a busy crowd", n)
	}
	// One of 1, 2, 4 and so on up to 256, and from there one of 256.
	if n := c.asked(511+10*256, 1); n != 9+10 {
		t.Errorf("%d did in one that is not, want 19", n)
	}
	if n := c.asked(256+1000, 2); n != 1001 {
		t.Errorf("%d did when it was busy again, want 1001", n)
	}
	c.asked(1, 0)
	if n := c.asked(1000, 2); n != 999 {
		t.Errorf("%d of 1000 did after it was for nothing once, want 999", n)
	}
	(*Crowd)(nil).letOthersRun(func() { t.Error("others ran where there is no crowd") })
}

func TestNewCrowd(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	for procs, enough := range map[int]uint64{1: 1, 2: 3, 4: 7} {
		runtime.GOMAXPROCS(procs)
		if c := NewCrowd(); c == nil || c.enough != enough {
			t.Errorf("with %d processors %+v, want one for which %d are enough", procs, c, enough)
		}
	}
	runtime.GOMAXPROCS(5)
	if c := NewCrowd(); c != nil {
		t.Errorf("with 5 processors %+v, want none", c)
	}
}

// A request of a Conn that joined a crowd is one of the crowd's.
func TestJoin(t *testing.T) {
	client, server := networktest.Pipe()
	defer server.Close()
	crowd := &Crowd{enough: 1}
	c := New(network.NewStream(client), Limits{})
	c.Join(crowd)
	defer c.Stream().Close()
	go func() {
		server.Read(make([]byte, 1024))
		server.Write([]byte("HTTP/1.1 204 No Content\r\n\r\n"))
	}()
	if _, err := c.Do(t.Context(), &Call{Method: "GET", Target: "/", Host: "a"}); err != nil {
		t.Fatal(err)
	}
	if n := crowd.Written(); n != 1 {
		t.Errorf("the crowd wrote %d requests, want 1", n)
	}
	c.End()
}
