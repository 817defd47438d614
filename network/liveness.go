package network

import "strconv"

// Liveness is what can be known of the other end of an idle connection without
// waiting and without losing a byte.
type Liveness uint8

const (
	Unknown  Liveness = iota // there is no way to look, or somebody is reading now
	Alive                    // nothing has arrived: neither bytes nor an end
	Closed                   // the peer has ended or reset the connection, or we closed it
	Doubtful                 // bytes have arrived that nobody has read yet
)

var livenessNames = [...]string{"unknown", "alive", "closed", "doubtful"}

// String returns "unknown", "alive", "closed" or "doubtful".
func (l Liveness) String() string {
	if int(l) < len(livenessNames) {
		return livenessNames[l]
	}
	return "liveness(" + strconv.Itoa(int(l)) + ")"
}

// A Prober knows the liveness of its own connection. A conn given to
// [NewStream] that is a Prober answers for the plain stream over it; without
// one, the socket below it is looked at, where there is one.
//
// Probe neither waits nor consumes anything, and works whatever the deadlines
// are. Its error says why: io.EOF or a reset beside Closed, and nil where there
// is nothing to tell.
type Prober interface {
	Probe() (Liveness, error)
}

// A TryReader reads what has arrived and never waits. A conn that is not a
// socket brings it, so that [Stream.Probe] works on TLS over it; for a
// [*net.TCPConn] and a [*net.UnixConn] the stream asks the socket itself.
//
// TryRead is as Read, but where Read would wait it returns ok false. It looks at
// no deadline.
type TryReader interface {
	TryRead(p []byte) (n int, ok bool, err error)
}
