package h1

import (
	"errors"
	"strings"
	"testing"
)

// play does what a script says: events as "c:Request s:Response", and the calls
// "switch", "refuse" and "next".
func play(m *Machine, script string) (err error) {
	for _, word := range strings.Fields(script) {
		switch word {
		case "switch":
			m.ProposeSwitch()
		case "refuse":
			m.RefuseKeepAlive()
		case "next":
			err = m.Next()
		default:
			side := Client
			if word[0] == 's' {
				side = Server
			}
			err = m.Event(side, eventNamed(word[2:]))
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func eventNamed(name string) Event {
	for i, n := range eventNames {
		if n == name {
			return Event(i)
		}
	}
	panic("no event " + name)
}

const (
	getRequest  = "c:Request c:End "
	getResponse = "s:Response s:Data s:End "
)

func TestMachineFollowsExchanges(t *testing.T) {
	for _, c := range []struct {
		name, script   string
		client, server State
		reuse          bool
	}{
		{"a fresh connection", "", Idle, Idle, false},
		{"asked", "c:Request", SendBody, SendResponse, false},
		{"asked in full", "c:Request c:Data c:Data c:End", Done, SendResponse, false},
		{"an interim response", getRequest + "s:InterimResponse s:InterimResponse", Done, SendResponse, false},
		{"a response", getRequest + getResponse, Done, Done, true},
		{"the next exchange", getRequest + getResponse + "next", Idle, Idle, false},
		{"the next exchange, in full", getRequest + getResponse + "next " + getRequest + getResponse, Done, Done, true},
		{"an early response", "c:Request s:Response s:End", SendBody, Done, false},
		{"an early response, then the rest", "c:Request s:Response s:End c:Data c:End", Done, Done, true},
		{"a response unasked", "s:Response s:End s:ConnectionClosed", MustClose, Closed, false},
		{"asked while it answers unasked", "s:Response c:Request", SendBody, SendBody, false},

		{"keep-alive refused by the request", "c:Request refuse c:End", MustClose, SendResponse, false},
		{"and answered", "c:Request refuse c:End " + getResponse, MustClose, MustClose, false},
		{"keep-alive refused by the response", getRequest + "s:Response refuse s:End", MustClose, MustClose, false},
		{"refused behind the end", getRequest + getResponse + "refuse", MustClose, MustClose, false},
		{"refused before the first request", "refuse", Idle, Idle, false},
		{"refused and closed", "refuse s:ConnectionClosed", MustClose, Closed, false},
		{"closed by both", getRequest + getResponse + "refuse c:ConnectionClosed s:ConnectionClosed s:ConnectionClosed", Closed, Closed, false},

		{"the idle client closes", "c:ConnectionClosed", Closed, MustClose, false},
		{"the idle server closes", "s:ConnectionClosed", MustClose, Closed, false},
		{"the client closes its half behind the request", getRequest + "c:ConnectionClosed", Closed, SendResponse, false},
		{"and is answered", getRequest + "c:ConnectionClosed " + getResponse, Closed, MustClose, false},

		{"a switch is proposed", "c:Request switch", SendBody, SendResponse, false},
		{"and waited for", "c:Request switch c:End", MightSwitch, SendResponse, false},
		{"proposed behind the end", getRequest + "switch", MightSwitch, SendResponse, false},
		{"an interim response decides nothing", "c:Request switch c:End s:InterimResponse", MightSwitch, SendResponse, false},
		{"taken", "c:Request switch c:End s:SwitchResponse", Switched, Switched, false},
		{"taken before the request's end", "c:Request switch s:SwitchResponse c:Data", SendBody, Switched, false},
		{"taken, then the request's end", "c:Request switch s:SwitchResponse c:End", Switched, Switched, false},
		{"refused", "c:Request switch c:End s:Response", Done, SendBody, false},
		{"refused, in full", "c:Request switch c:End " + getResponse, Done, Done, true},
		{"refused, and the connection too", "c:Request switch refuse c:End s:Response", MustClose, SendBody, false},
		{"a proposal is for one exchange", "c:Request switch c:End " + getResponse + "next " + getRequest, Done, SendResponse, false},
	} {
		var m Machine
		if err := play(&m, c.script); err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
		if m.State(Client) != c.client || m.State(Server) != c.server || m.CanReuse() != c.reuse {
			t.Errorf("%s: client %v, server %v, reuse %t, want %v, %v, %t", c.name,
				m.State(Client), m.State(Server), m.CanReuse(), c.client, c.server, c.reuse)
		}
		copied := m
		if err := copied.Next(); (err == nil) != c.reuse {
			t.Errorf("%s: Next: %v", c.name, err)
		}
	}
}

func TestMachineRefuses(t *testing.T) {
	for _, c := range []struct {
		script, words  string
		client, server State
	}{
		{"c:End", "h1: End by the client, which is Idle", Failed, MustClose},
		{"c:Response", "h1: Response by the client, which is Idle", Failed, MustClose},
		{"s:Request", "h1: Request by the server, which is Idle", MustClose, Failed},
		{"s:SwitchResponse", "h1: SwitchResponse by the server, which is Idle", MustClose, Failed},
		{getRequest + "s:SwitchResponse", "h1: SwitchResponse by the server, which is SendResponse", MustClose, Failed},
		{getRequest + "c:Request", "h1: Request by the client, which is Done", Failed, SendResponse},
		{getRequest + "s:ConnectionClosed", "h1: ConnectionClosed by the server, which is SendResponse", MustClose, Failed},
		{"c:Request switch c:End s:Data", "h1: Data by the server, which is SendResponse", MustClose, Failed},
		{"c:Request switch c:End c:Request", "h1: Request by the client, which is MightSwitch", Failed, SendResponse},
		{"c:Request switch s:Response s:SwitchResponse", "h1: SwitchResponse by the server, which is SendBody", SendBody, Failed},
		{"c:Request switch c:End s:SwitchResponse s:Response", "h1: Response by the server, which is Switched", Switched, Failed},
		{"c:Request c:ConnectionClosed", "h1: ConnectionClosed by the client, which is SendBody", Failed, SendResponse},
		{getRequest + getResponse + "s:Response", "h1: Response by the server, which is Done", MustClose, Failed},
		{getRequest + "next", "h1: no next exchange: the server is SendResponse", Done, SendResponse},
		{"next", "h1: no next exchange: the client is Idle", Idle, Idle},
		{getRequest + getResponse + "refuse next", "h1: no next exchange: the client is MustClose", MustClose, MustClose},
		{getRequest + getResponse + "refuse c:Request", "h1: Request by the client, which is MustClose", Failed, MustClose},
	} {
		var m Machine
		err := play(&m, c.script)
		var e *StateError
		if !errors.As(err, &e) || err.Error() != c.words {
			t.Errorf("%s: error %v, want %q", c.script, err, c.words)
		}
		if m.State(Client) != c.client || m.State(Server) != c.server {
			t.Errorf("%s: client %v, server %v, want %v, %v", c.script, m.State(Client), m.State(Server), c.client, c.server)
		}
	}
	var m Machine
	if m.Event(2, Request) == nil || m.Event(Client, Event(eventCount)) == nil || m != (Machine{}) {
		t.Error("a side or an event that is none was taken")
	}
}

// Every machine that can be reached meets every event of both sides.
func TestMachineWalksTheWholeTable(t *testing.T) {
	type step func(*Machine)
	var steps []step
	for _, side := range []Side{Client, Server} {
		for e := range Event(eventCount) {
			steps = append(steps, func(m *Machine) { checkEvent(t, m, side, e) })
		}
	}
	steps = append(steps, (*Machine).ProposeSwitch, (*Machine).RefuseKeepAlive, func(m *Machine) { m.Next() })

	seen := map[Machine]bool{{}: true}
	states := [2]map[State]bool{{}, {}}
	for queue := []Machine{{}}; len(queue) > 0; queue = queue[1:] {
		checkMachine(t, queue[0])
		for side := range states {
			states[side][queue[0].states[side]] = true
		}
		for _, do := range steps {
			m := queue[0]
			if do(&m); !seen[m] {
				seen[m] = true
				queue = append(queue, m)
			}
		}
	}
	for s := range State(stateCount) {
		if reached := states[Client][s]; reached != (s != SendResponse) {
			t.Errorf("the client reaches %v: %t", s, reached)
		}
		if reached := states[Server][s]; reached != (s != MightSwitch) {
			t.Errorf("the server reaches %v: %t", s, reached)
		}
	}
}

// checkEvent compares an event with the table.
func checkEvent(t *testing.T, m *Machine, side Side, e Event) {
	before := *m
	err := m.Event(side, e)
	to := transitions[side][before.states[side]][e]
	isAllowed := to != Idle && !(side == Server && e == Request) && !(e == SwitchResponse && !before.proposed)
	if isAllowed != (err == nil) {
		t.Errorf("%+v: %v by the %v: %v", before, e, side, err)
	}
	got := m.states[side]
	switch {
	case !isAllowed && got != Failed:
		t.Errorf("%+v: %v by the %v leads to %v, want Failed", before, e, side, got)
	case isAllowed && got != to && !(to == Done && (got == MustClose || got == MightSwitch || got == Switched)):
		t.Errorf("%+v: %v by the %v leads to %v, want %v", before, e, side, got, to)
	}
	other := 1 - side
	if from, to := before.states[other], m.states[other]; from != to && !isJointMove(from, to) {
		t.Errorf("%+v: %v by the %v moves the %v to %v", before, e, side, other, to)
	}
}

// isJointMove: what one side does moves the other only so.
func isJointMove(from, to State) bool {
	switch from {
	case Idle:
		return to == SendResponse || to == MustClose
	case Done:
		return to == MustClose
	case MightSwitch:
		return to == Done || to == Switched || to == MustClose
	}
	return false
}

// checkMachine is what holds in every machine.
func checkMachine(t *testing.T, m Machine) {
	client, server := m.states[Client], m.states[Server]
	settled := m
	settled.settle()
	switch {
	case settled != m:
		t.Errorf("%+v is not settled", m)
	case m.CanReuse() && m.refused:
		t.Errorf("%+v can be reused, though keep-alive was refused", m)
	case client == Switched && server != Switched && server != Failed:
		t.Errorf("%+v: the client switched alone", m)
	case client == MightSwitch && server == Switched:
		t.Errorf("%+v: the client waits for a word that was given", m)
	case hasEnded(server) && (client == Idle || client == Done):
		t.Errorf("%+v: the client could go on without a server", m)
	}
}

func TestMachineAllocatesNothing(t *testing.T) {
	var m Machine
	if allocs := testing.AllocsPerRun(100, func() {
		m.Event(Client, Request)
		m.Event(Client, End)
		m.Event(Server, Response)
		m.Event(Server, End)
		if err := m.Next(); err != nil {
			t.Fatal(err)
		}
	}); allocs != 0 {
		t.Errorf("%v allocations an exchange", allocs)
	}
}

func TestStateNames(t *testing.T) {
	for got, want := range map[string]string{
		Client.String(): "client", Server.String(): "server", Side(7).String(): "7",
		MightSwitch.String(): "MightSwitch", State(99).String(): "99",
		ConnectionClosed.String(): "ConnectionClosed", Event(99).String(): "99",
	} {
		if got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}
