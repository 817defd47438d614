package main

import (
	"fmt"
	"io"
	"strings"
)

// A page is what the demo writes: what was done on the left, what it looks like
// on the right. The first error of writing is kept, and ends the writing.
type page struct {
	w   io.Writer
	err error
}

// resultColumn is where the right side begins.
const resultColumn = 54

func (p *page) printf(format string, args ...any) {
	if p.err == nil {
		_, p.err = fmt.Fprintf(p.w, format, args...)
	}
}

// section begins a floor: its name, and a sentence about it.
func (p *page) section(name, about string) {
	p.printf("\n%s\n%s\n\n", name, about)
}

// step is a line: a statement and what can be seen after it.
func (p *page) step(statement string, result any) {
	p.printf("  %-*s%v\n", resultColumn-2, statement, result)
}

// also is one more thing to be seen after the last statement.
func (p *page) also(result any) { p.step("", result) }

// below is a result too wide for the right side.
func (p *page) below(result string) {
	p.printf("      %s\n", strings.ReplaceAll(result, "\n", "\n      "))
}
