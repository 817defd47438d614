package networktest

import "time"

// finish is the end of the test: it reports what the test left behind, and then
// ends it.
func (n *Network) finish() {
	n.awaitQuiet()
	for _, report := range n.leftBehind() {
		n.t.Error(report)
	}
	n.tearDown()
	n.awaitQuiet()
}

// leftBehind says what is still there, and marks the scripts among it as told.
func (n *Network) leftBehind() (reports []string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, name := range n.open {
		reports = append(reports, "networktest: "+name+" was not closed by the client")
	}
	for p := range n.peers {
		reports = append(reports, "networktest: the script of "+p.name+" has not ended: it stands at "+p.standing())
	}
	for address := range n.dialing {
		reports = append(reports, "networktest: a dial to "+address+" has not ended")
	}
	return reports
}

// tearDown ends the dials and the connections. From here on a verb that fails
// ends its script and reports nothing: what matters was reported.
func (n *Network) tearDown() {
	n.mu.Lock()
	n.over = true
	close(n.done)
	var conns []*conn
	for c := range n.open {
		conns = append(conns, c)
	}
	for p := range n.peers {
		conns = append(conns, p.end)
	}
	n.mu.Unlock()
	for _, c := range conns {
		c.Reset()
	}
}

func (n *Network) isOver() bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.over
}

// awaitQuiet waits until no script runs and no dial is under way, or until
// patience is at its end.
func (n *Network) awaitQuiet() {
	n.mu.Lock()
	defer n.mu.Unlock()
	late := false
	timer := time.AfterFunc(patience, func() {
		n.mu.Lock()
		defer n.mu.Unlock()
		late = true
		n.ended.Broadcast()
	})
	defer timer.Stop()
	for !late && len(n.peers)+len(n.dialing) > 0 {
		n.ended.Wait()
	}
}
