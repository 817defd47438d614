package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/gohttpx/httpx"
)

// dataKind is the option that some data was given with.
type dataKind uint8

const (
	formData   dataKind = iota // --data
	binaryData                 // --data-binary
	jsonData                   // --json
)

// data is what --data, --data-binary and --json say, in their order.
type data struct{ pieces []piece }

type piece struct {
	kind dataKind
	text string // the data, or @file
}

func (d *data) isGiven() bool { return len(d.pieces) > 0 }

func (d *data) isJSON() bool {
	return slices.ContainsFunc(d.pieces, func(p piece) bool { return p.kind == jsonData })
}

// check finds what cannot stand together.
func (d *data) check() error {
	var stdin int
	for _, p := range d.pieces {
		if (p.kind == jsonData) != d.isJSON() {
			return usageError{errors.New("--json does not go with --data and --data-binary")}
		}
		if p.text == "@-" {
			stdin++
		}
	}
	if stdin > 1 {
		return usageError{errors.New("standard input can be read only once")}
	}
	return nil
}

// headers are the fields that follow from the data, less than what the user
// says.
func (d *data) headers() httpx.Headers {
	switch {
	case !d.isGiven():
		return nil
	case d.isJSON():
		return httpx.Headers{{"Content-Type", "application/json"}, {"Accept", "application/json"}}
	}
	return httpx.Headers{{"Content-Type", "application/x-www-form-urlencoded"}}
}

// body reads what has to be read. One whole file is left to the library, so
// that it need not fit into memory.
func (d *data) body(stdin io.Reader) (httpx.RequestOption, error) {
	if !d.isGiven() {
		return nil, nil
	}
	if name, ok := d.wholeFile(); ok {
		if name == "-" {
			return httpx.Reader(stdin, -1), nil
		}
		if _, err := os.Stat(name); err != nil {
			return nil, localError{exitReadInput, err}
		}
		return httpx.File(name), nil
	}
	separator := "&"
	if d.isJSON() {
		separator = ""
	}
	texts := make([]string, len(d.pieces))
	for i, p := range d.pieces {
		var err error
		if texts[i], err = p.read(stdin); err != nil {
			return nil, localError{exitReadInput, fmt.Errorf("data: %w", err)}
		}
	}
	return httpx.Bytes([]byte(strings.Join(texts, separator))), nil
}

// wholeFile is the name of the file that is all of the data, as it is.
func (d *data) wholeFile() (name string, ok bool) {
	if len(d.pieces) != 1 || d.pieces[0].kind == formData {
		return "", false
	}
	return strings.CutPrefix(d.pieces[0].text, "@")
}

func (p piece) read(stdin io.Reader) (string, error) {
	name, isFile := strings.CutPrefix(p.text, "@")
	if !isFile {
		return p.text, nil
	}
	var content []byte
	var err error
	if name == "-" {
		content, err = io.ReadAll(stdin)
	} else {
		content, err = os.ReadFile(name)
	}
	if p.kind == formData {
		// As curl does: a form's file may be written in lines.
		content = slices.DeleteFunc(content, func(b byte) bool { return b == '\r' || b == '\n' || b == 0 })
	}
	return string(content), err
}

// flag is the option of that kind.
func (d *data) flag(kind dataKind) *dataFlag { return &dataFlag{d, kind} }

// A dataFlag adds to the data each time that its option is met.
type dataFlag struct {
	data *data
	kind dataKind
}

func (f *dataFlag) Set(text string) error {
	f.data.pieces = append(f.data.pieces, piece{f.kind, text})
	return nil
}

func (f *dataFlag) String() string { return "" }

// Type is what pflag calls the kind of a value.
func (f *dataFlag) Type() string { return "data" }
