package main

import "os"

// A colour is the number of one in ANSI's escape sequences; 0 is none.
type colour uint8

const (
	red     colour = 31
	green   colour = 32
	yellow  colour = 33
	blue    colour = 34
	magenta colour = 35
	cyan    colour = 36
	grey    colour = 90
)

// A painter gives text a colour, or leaves it plain.
type painter bool

// painter paints where a person sees the output and did not say NO_COLOR
// (https://no-color.org).
func (t *terminal) painter() painter {
	return painter(t.outIsScreen && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb")
}

func (p painter) paint(c colour, text string) string {
	if !p || c == 0 || text == "" {
		return text
	}
	const escape = "\x1b["
	return escape + string([]byte{'0' + byte(c)/10, '0' + byte(c)%10}) + "m" + text + escape + "0m"
}
