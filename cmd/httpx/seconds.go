package main

import (
	"fmt"
	"math"
	"strconv"
	"time"
)

// seconds is the value of an option that limits a time: a number of seconds,
// as curl has it, or a duration as Go writes it. 0 is no limit.
type seconds time.Duration

func (s *seconds) Set(text string) error {
	if n, err := strconv.ParseFloat(text, 64); err == nil {
		const most = math.MaxInt64 / int64(time.Second)
		if !(n >= 0 && n < float64(most)) {
			return fmt.Errorf("%q is no number of seconds", text)
		}
		*s = seconds(n * float64(time.Second))
		return nil
	}
	d, err := time.ParseDuration(text)
	if err != nil || d < 0 {
		return fmt.Errorf("want a number of seconds, or a duration such as 1m30s, not %q", text)
	}
	*s = seconds(d)
	return nil
}

func (s *seconds) String() string {
	if *s == 0 {
		return ""
	}
	return time.Duration(*s).String()
}

// Type is what pflag calls the kind of a value.
func (s *seconds) Type() string { return "seconds" }
