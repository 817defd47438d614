package network

// CutShort reports whether TLS ended without close_notify: the bytes below it
// ended first. Read returns io.EOF then as it does after close_notify, since
// many servers end that way; but where the end of the stream is the end of a
// message, anybody on the way could have made it (RFC 9112 section 9.8, RFC
// 8446 section 6.1).
//
// It knows of TLS that StartTLS began, not of a conn that brought its own.
func (s *Stream) CutShort() bool { return s.cut.Load() }
