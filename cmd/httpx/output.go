package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/gohttpx/httpx"
)

// An output is where a response goes: standard output, or a file that is made
// when there is something to write. Its errors are localErrors, to be told from
// those of the network.
type output struct {
	w    io.Writer
	file *os.File // nil for standard output
}

// openOutput opens what --output says. As in curl a file is written directly,
// so that one can watch it grow, and pipes and devices work.
func (g *get) openOutput() (*output, error) {
	if g.output == "" || g.output == "-" {
		return &output{w: g.terminal.out}, nil
	}
	file, err := os.Create(g.output)
	if err != nil {
		return nil, localError{exitWriteOutput, err}
	}
	return &output{w: file, file: file}, nil
}

func (o *output) Write(p []byte) (int, error) {
	n, err := o.w.Write(p)
	if err != nil {
		err = localError{exitWriteOutput, fmt.Errorf("output: %w", err)}
	}
	return n, err
}

// close closes the file, whose system may say only then that it is full.
func (o *output) close() error {
	if o.file == nil {
		return nil
	}
	if err := o.file.Close(); err != nil {
		return localError{exitWriteOutput, err}
	}
	return nil
}

// leave says, with the error that ended it, what became of the file.
func (o *output) leave(remove bool, err error) error {
	if o.file == nil {
		return err
	}
	name := o.file.Name()
	info, statErr := os.Stat(name)
	if statErr != nil || !info.Mode().IsRegular() {
		return err
	}
	if !remove {
		return fmt.Errorf("%w (%s holds the first %d bytes)", err, name, info.Size())
	}
	if removeErr := os.Remove(name); removeErr != nil {
		return fmt.Errorf("%w (and %s stays: %w)", err, name, removeErr)
	}
	return err
}

// errBinary is said in place of what would garble the screen.
var errBinary = localError{exitWriteOutput, errors.New("the body is binary, and this is a terminal: use --output FILE, or --output - to see it all the same")}

// A screen refuses what is not text, as curl does: by a NUL in what comes first.
type screen struct {
	io.Writer
	isText bool
}

func (s *screen) Write(p []byte) (int, error) {
	if !s.isText && bytes.IndexByte(p, 0) >= 0 {
		return 0, errBinary
	}
	s.isText = s.isText || len(p) > 0
	return s.Writer.Write(p)
}

// writeHead writes the head of a response as it came.
func writeHead(w io.Writer, res *httpx.Response) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %d %s\r\n", res.Proto, res.StatusCode, res.Reason)
	for name, value := range res.Headers.All() {
		fmt.Fprintf(&b, "%s: %s\r\n", name, value)
	}
	b.WriteString("\r\n")
	_, err := io.WriteString(w, b.String())
	return err
}
