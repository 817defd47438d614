package network

import "errors"

var (
	// ErrInUse is what StartTLS and Probe say while a Read or a Write of the
	// same stream is in progress, and what a Read or a Write says while StartTLS
	// is.
	ErrInUse = errors.New("network: the stream is in use")

	// ErrUnread is what StartTLS and SyscallConn say while the stream holds bytes
	// that were put back by Unread (or taken by Probe) and not read since.
	ErrUnread = errors.New("network: the stream holds unread bytes")

	// ErrNoServerName is what StartTLS says to a configuration that names no
	// server to verify and does not set InsecureSkipVerify either.
	ErrNoServerName = errors.New("network: the TLS configuration has no ServerName and does not set InsecureSkipVerify")
)
