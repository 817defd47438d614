//go:build linux

package stage

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"os"

	"golang.org/x/sys/unix"

	"github.com/gohttpx/httpx/bench/origin"
	"github.com/gohttpx/httpx/bench/trial"
)

// The first argument of a process that this program started.
const (
	rolePlain    = "_serve-plain"
	roleTLS      = "_serve-tls"
	roleLarge    = "_serve-large"
	roleTrial    = "_trial"
	roleIdle     = "_idle"
	roleGigabyte = "_gigabyte"
)

// Play does what this process was started for. It returns false where that is
// nothing of the above: a person did it.
func Play(arguments []string) (played bool, err error) {
	if len(arguments) == 0 {
		return false, nil
	}
	raiseFiles()
	switch arguments[0] {
	case rolePlain:
		return true, origin.ServePlain(int(os.Stdin.Fd()), sayPort)
	case roleTLS:
		return true, origin.ServeTLS(os.Stdin, func(port int, certificate []byte) {
			fmt.Printf("%d %s\n", port, base64.StdEncoding.EncodeToString(certificate))
		})
	case roleLarge:
		return true, origin.ServeLarge(os.Stdin, sayPort)
	case roleTrial:
		return true, measure(arguments[1:], trial.Measure)
	case roleIdle:
		return true, measure(arguments[1:], trial.MeasureIdle)
	case roleGigabyte:
		return true, measure(arguments[1:], trial.MeasureGigabyte)
	}
	return false, nil
}

// sayPort tells the process that started a server where that listens.
func sayPort(port int) { fmt.Printf("%d -\n", port) }

// measure reads the spec of a measurement, does it, and prints the result.
func measure[Spec, Result any](arguments []string, do func(*Spec) (*Result, error)) error {
	if len(arguments) != 1 {
		return errors.New("want one argument: the spec")
	}
	var spec Spec
	if err := json.Unmarshal([]byte(arguments[0]), &spec); err != nil {
		return fmt.Errorf("the spec: %w", err)
	}
	result, err := do(&spec)
	if err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(result)
}

// raiseFiles lets the process have as many files open as the machine allows it:
// the connections are thousands at times.
func raiseFiles() {
	var limit unix.Rlimit
	if unix.Getrlimit(unix.RLIMIT_NOFILE, &limit) != nil {
		return
	}
	more := unix.Rlimit{Cur: max(limit.Max, 1<<16), Max: max(limit.Max, 1<<16)}
	if unix.Setrlimit(unix.RLIMIT_NOFILE, &more) != nil {
		limit.Cur = limit.Max
		unix.Setrlimit(unix.RLIMIT_NOFILE, &limit)
	}
}
