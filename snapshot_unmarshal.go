package httpx

import (
	"fmt"
	"strings"
)

// Snapshots come from other processes too, as JSON: the words of their states
// can be read back.

// UnmarshalText reads what MarshalText writes.
func (s *State) UnmarshalText(text []byte) error {
	i, err := indexOf(stateNames[:], text, "state of a connection")
	*s = State(i)
	return err
}

// UnmarshalText reads what MarshalText writes.
func (p *Phase) UnmarshalText(text []byte) error {
	i, err := indexOf(phaseNames[:], text, "phase of a request")
	*p = Phase(i)
	return err
}

// UnmarshalText reads what MarshalText writes.
func (p *Progress) UnmarshalText(text []byte) error {
	i, err := indexOf(progressNames[:], text, "progress of a request")
	*p = Progress(i)
	return err
}

// indexOf finds a word, in whatever case, among names.
func indexOf(names []string, text []byte, what string) (int, error) {
	for i, name := range names {
		if strings.EqualFold(name, string(text)) {
			return i, nil
		}
	}
	return 0, fmt.Errorf("httpx: unknown %s: %q", what, text)
}
