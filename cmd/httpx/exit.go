package main

import (
	"context"
	"crypto/tls"
	"errors"
	"io"

	"github.com/gohttpx/httpx"
)

// The exit statuses: curl's, where it has one that fits. docs/cli.md tells
// people of them.
const (
	exitOK            = 0
	exitFailed        = 1 // what none of the others says
	exitUsage         = 2
	exitBadURL        = 3
	exitResolve       = 6
	exitConnect       = 7
	exitBadAnswer     = 8
	exitPartial       = 18
	exitHTTPError     = 22 // with --fail
	exitWriteOutput   = 23
	exitReadInput     = 26
	exitTimeout       = 28
	exitTLS           = 35
	exitRedirects     = 47
	exitNoAnswer      = 52
	exitSend          = 55
	exitReceive       = 56
	exitCertificate   = 60
	exitContentCoding = 61
	exitTooLarge      = 63
	exitProxy         = 97
	exitInterrupted   = 130 // 128 and the number of SIGINT
)

// A usageError is a command line that makes no sense.
type usageError struct{ error }

func (e usageError) Unwrap() error { return e.error }

// A localError is a failure on this side of the network; it knows its status.
type localError struct {
	status int
	error
}

func (e localError) Unwrap() error { return e.error }

// errInterrupted is what a person's Ctrl-C makes of any error.
var errInterrupted = localError{exitInterrupted, errors.New("interrupted")}

// interrupted returns errInterrupted where err comes of the context's end, else
// err: the phase in which that happened is of no interest to who did it.
func interrupted(err error) error {
	if errors.Is(err, context.Canceled) {
		return errInterrupted
	}
	return err
}

// exitStatus says what an error means to a script.
func exitStatus(err error) int {
	var local localError
	switch {
	case err == nil:
		return exitOK
	case errors.As(err, &local):
		return local.status
	case errors.As(err, new(usageError)):
		return exitUsage
	case errors.Is(err, httpx.ErrTimeout), errors.Is(err, context.DeadlineExceeded):
		return exitTimeout
	}
	var failure *httpx.Error
	if errors.As(err, &failure) {
		return failureStatus(failure)
	}
	return exitFailed
}

// failureStatus looks at the kind of a failure first, then at how far the
// exchange had got.
func failureStatus(e *httpx.Error) int {
	var badCertificate *tls.CertificateVerificationError
	switch {
	case errors.Is(e, httpx.ErrTooManyRedirects):
		return exitRedirects
	case errors.Is(e, httpx.ErrDecode):
		return exitContentCoding
	case errors.Is(e, httpx.ErrTooLarge):
		return exitTooLarge
	case errors.Is(e, httpx.ErrProxy):
		return exitProxy
	case errors.As(e, &badCertificate):
		return exitCertificate
	case errors.Is(e, httpx.ErrTLS):
		return exitTLS
	case e.Phase == httpx.PhaseResolve:
		return exitResolve
	case e.Phase == httpx.PhaseProxy:
		return exitProxy
	case e.Phase <= httpx.PhaseTLS:
		return exitConnect
	case e.Phase == httpx.PhaseBody && errors.Is(e, io.ErrUnexpectedEOF):
		return exitPartial
	case e.Phase == httpx.PhaseWrite:
		return exitSend
	case e.Phase == httpx.PhaseFirstByte && errors.Is(e, httpx.ErrConnect):
		return exitNoAnswer
	case e.Phase != httpx.PhaseBody && errors.Is(e, httpx.ErrProtocol):
		return exitBadAnswer
	}
	return exitReceive
}
