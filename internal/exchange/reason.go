package exchange

// A Reason says why a connection does not serve another exchange. The empty
// Reason means that it does.
type Reason string

// The reasons that an exchange finds.
const (
	Reusable        Reason = ""
	Failed          Reason = "exchange failed"
	ContextEnded    Reason = "context ended"
	PeerRefuses     Reason = "peer asked to close"
	WeRefuse        Reason = "request asked to close"
	EndIsTheBody    Reason = "body ended with the connection"
	BodyUnread      Reason = "body not read"
	UploadUnended   Reason = "upload not finished"
	BytesUnasked    Reason = "the peer sent bytes nobody asked for"
	SwitchedAway    Reason = "protocol switched"
	ClosedMeanwhile Reason = "closed during the exchange"
)
