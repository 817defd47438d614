package h1

import "strconv"

// Side is one of the two ends of a connection.
type Side uint8

const (
	Client Side = iota
	Server
)

// State is how far one side of a connection got.
type State uint8

const (
	// Idle: the side sent nothing of this exchange yet. The zero Machine has
	// both sides here, and Next brings them back.
	Idle State = iota
	// SendResponse: the server was asked and did not finally answer. Interim
	// responses leave it here. A client is never in it.
	SendResponse
	// SendBody: the side sent its head and sends its body, be it empty.
	SendBody
	// Done: the side's message is complete, and the connection may serve on.
	Done
	// MustClose: the side's message is complete, or will never come, and
	// nothing but the end of the connection may follow.
	MustClose
	// Closed: the side ended the connection, after a complete message or none.
	Closed
	// MightSwitch: the client's message is complete, it proposed another
	// protocol, and the server did not decide. A server is never in it.
	MightSwitch
	// Switched: the bytes that the side sends are another protocol's.
	Switched
	// Failed: the side broke the protocol. The connection must be closed.
	Failed

	stateCount = int(Failed) + 1
)

// Event is something that one side of a connection did.
type Event uint8

const (
	Request          Event = iota // the head of a request
	InterimResponse               // a 1xx other than one that switches
	SwitchResponse                // a 101, or a 2xx to CONNECT: it takes the proposal
	Response                      // the head of a final response; it refuses a proposal
	Data                          // some bytes of a body
	End                           // the end of a message, behind its body and trailers
	ConnectionClosed              // the side sends no more

	eventCount = int(ConnectionClosed) + 1
)

// transitions is the whole table: the state in which an event of a side leaves
// that side. No event leads to Idle, so its place stands for "not allowed".
//
// What a side does may move the other one as well: see [Machine.settle].
var transitions = [2][stateCount][eventCount]State{
	Client: {
		Idle:      {Request: SendBody, ConnectionClosed: Closed},
		SendBody:  {Data: SendBody, End: Done},
		Done:      {ConnectionClosed: Closed},
		MustClose: {ConnectionClosed: Closed},
		Closed:    {ConnectionClosed: Closed},
		// MightSwitch, Switched, Failed: nothing of this protocol.
	},
	Server: {
		// An idle server may answer unasked: 408 before it closes.
		Idle: {Request: SendResponse, Response: SendBody, ConnectionClosed: Closed},
		SendResponse: {
			InterimResponse: SendResponse,
			SwitchResponse:  Switched,
			Response:        SendBody,
		},
		SendBody:  {Data: SendBody, End: Done},
		Done:      {ConnectionClosed: Closed},
		MustClose: {ConnectionClosed: Closed},
		Closed:    {ConnectionClosed: Closed},
	},
}

// Machine follows both sides of one HTTP/1.1 connection: what each did, and
// what may come next. It sees events, not bytes, so that a client's and a
// server's end can use the same one.
//
// The zero Machine is a fresh connection. It holds no pointer and may be
// copied. One goroutine at a time.
type Machine struct {
	states   [2]State
	refused  bool // keep-alive was, and stays so
	proposed bool // a switch was, by the request of this exchange, and is open
}

// Event notes what side did. One that is not allowed in the side's state is a
// [*StateError], and leaves the side Failed.
//
// A Request is the client's event; it asks the server too. Call ProposeSwitch
// and RefuseKeepAlive, where the head says so, before the End of the message.
func (m *Machine) Event(side Side, e Event) error {
	if side > Server || int(e) >= eventCount {
		return &StateError{Side: side, State: Failed, Event: e}
	}
	from := m.states[side]
	to := transitions[side][from][e]
	if to == Idle || e == SwitchResponse && !m.proposed || e == Request && side != Client {
		m.states[side] = Failed
		m.settle()
		return &StateError{Side: side, State: from, Event: e}
	}
	m.states[side] = to
	switch e {
	case Request:
		m.ask()
	case Response:
		m.proposed = false
	}
	m.settle()
	return nil
}

// ask moves the server out of Idle, where it still is there: it may have
// answered, or closed, before it was asked.
func (m *Machine) ask() {
	if to := transitions[Server][m.states[Server]][Request]; to != Idle {
		m.states[Server] = to
	}
}

// settle makes the moves that follow from both states together.
func (m *Machine) settle() {
	client, server := &m.states[Client], &m.states[Server]

	// A complete request with an open proposal waits for the server's word.
	if *client == Done && m.proposed {
		*client = MightSwitch
	}
	if *client == MightSwitch {
		switch {
		case *server == Switched:
			*client = Switched
		case !m.proposed || hasEnded(*server):
			*client = Done // refused
		}
	}

	// Who could only begin another exchange, and may not, must close.
	if m.mustClose(*client, *server) {
		*client = MustClose
	}
	if m.mustClose(*server, *client) {
		*server = MustClose
	}
}

func (m *Machine) mustClose(s, other State) bool {
	switch s {
	case Done:
		return m.refused || hasEnded(other)
	case Idle: // a refusal concerns what follows this exchange
		return hasEnded(other)
	}
	return false
}

// hasEnded: the side will never take part in another exchange.
func hasEnded(s State) bool { return s == Closed || s == Failed }

// State is the side's state.
func (m *Machine) State(side Side) State { return m.states[side] }

// RefuseKeepAlive notes that one of the sides will not serve on (RFC 9112 9.3):
// once its message is complete, each side must close.
func (m *Machine) RefuseKeepAlive() {
	m.refused = true
	m.settle()
}

// ProposeSwitch notes that the request asks for another protocol: CONNECT, or
// an Upgrade. It comes behind the Request.
func (m *Machine) ProposeSwitch() {
	m.proposed = true
	m.settle()
}

// CanReuse reports whether the exchange is complete and another may follow.
func (m *Machine) CanReuse() bool {
	return m.states == [2]State{Done, Done}
}

// Next begins the next exchange: both sides are Idle again. It is a
// [*StateError] unless CanReuse.
func (m *Machine) Next() error {
	if !m.CanReuse() {
		side := Client
		if m.states[Client] == Done {
			side = Server
		}
		return &StateError{Side: side, State: m.states[side], next: true}
	}
	*m = Machine{}
	return nil
}

// StateError is an event that the state of its side does not allow.
type StateError struct {
	Side  Side
	State State // in which it was
	Event Event

	next bool // it was Next, no event
}

// Error names side, event and state.
func (e *StateError) Error() string {
	if e.next {
		return "h1: no next exchange: the " + e.Side.String() + " is " + e.State.String()
	}
	return "h1: " + e.Event.String() + " by the " + e.Side.String() + ", which is " + e.State.String()
}

// String is "client" or "server".
func (s Side) String() string { return nameOf([]string{"client", "server"}, int(s)) }

// String is the state's name.
func (s State) String() string { return nameOf(stateNames[:], int(s)) }

// String is the event's name.
func (e Event) String() string { return nameOf(eventNames[:], int(e)) }

var stateNames = [stateCount]string{
	"Idle", "SendResponse", "SendBody", "Done", "MustClose", "Closed", "MightSwitch", "Switched", "Failed",
}

var eventNames = [eventCount]string{
	"Request", "InterimResponse", "SwitchResponse", "Response", "Data", "End", "ConnectionClosed",
}

func nameOf(names []string, i int) string {
	if i < len(names) {
		return names[i]
	}
	return strconv.Itoa(i)
}
