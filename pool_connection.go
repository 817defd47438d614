package httpx

import (
	"context"
	"sync/atomic"
)

// pooled is what a connection of a pool has beside one that stands alone: the
// pool's notes of it.
type pooled struct {
	record    *connRecord
	lesson    *lesson               // of its origin and route
	isLearned atomic.Bool           // what it may idle was learned from the peer's closes
	taken     atomic.Pointer[taken] // the lease, where leaks are looked for

	// Of its dial, which reads them; what ended it is read by those who waited.
	dialFor      context.Context // the first caller's values; nil when it is done
	dialRequest  *Request        // and its request as it was, for its events; nil where nobody wants them
	dialNumber   uint64          // and the number of that
	dialTimeouts *Timeouts
	dialError    *Error
}
