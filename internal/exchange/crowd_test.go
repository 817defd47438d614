package exchange

import "testing"

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
