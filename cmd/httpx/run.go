package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/gohttpx/httpx"
	"github.com/spf13/cobra"
	"golang.org/x/term"
)

// A terminal is what the command talks to: a person's, or files and pipes.
type terminal struct {
	in       io.Reader
	out, err io.Writer

	outIsScreen bool // a person sees out
	errIsScreen bool // and err

	// askPassword shows prompt and reads a line without showing it; nil where
	// there is nobody to ask.
	askPassword func(prompt string) (string, error)

	// rawKeys gives keys to in one by one, as they are pressed, until restore is
	// called; nil where nobody can press one.
	rawKeys func() (restore func(), err error)

	// size is that of the screen; nil where there is none.
	size func() (columns, rows int)
}

// systemTerminal is the process's own.
func systemTerminal() *terminal {
	t := &terminal{
		in: os.Stdin, out: os.Stdout, err: os.Stderr,
		outIsScreen: isScreen(os.Stdout),
		errIsScreen: isScreen(os.Stderr),
	}
	if isScreen(os.Stdin) {
		t.askPassword = func(prompt string) (string, error) {
			fmt.Fprint(os.Stderr, prompt)
			password, err := term.ReadPassword(int(os.Stdin.Fd()))
			fmt.Fprintln(os.Stderr)
			return string(password), err
		}
		t.rawKeys = func() (func(), error) {
			before, err := term.MakeRaw(int(os.Stdin.Fd()))
			return func() { term.Restore(int(os.Stdin.Fd()), before) }, err
		}
	}
	if t.outIsScreen {
		t.size = func() (columns, rows int) {
			columns, rows, err := term.GetSize(int(os.Stdout.Fd()))
			if err != nil || columns < 1 || rows < 1 {
				return 80, 24
			}
			return columns, rows
		}
	}
	return t
}

func isScreen(f *os.File) bool { return term.IsTerminal(int(f.Fd())) }

// run carries out a command line, without the program's name, and returns the
// exit status.
func run(ctx context.Context, args []string, t *terminal) int {
	root := newRootCommand(t)
	root.SetArgs(args)
	root.SetIn(t.in)
	root.SetOut(t.out)
	root.SetErr(t.err)
	err := interrupted(root.ExecuteContext(ctx))
	if err == nil {
		return exitOK
	}
	fmt.Fprintf(t.err, "httpx: %s\n", strings.TrimPrefix(err.Error(), "httpx: "))
	if errors.As(err, new(usageError)) {
		fmt.Fprintln(t.err, "httpx: see httpx --help")
	}
	return exitStatus(err)
}

// newRootCommand is httpx itself, which asks for a URL, with what stands
// beside it: one command a file.
func newRootCommand(t *terminal) *cobra.Command {
	root := newGetCommand(t)
	root.Version = httpx.Version
	root.SetVersionTemplate("httpx {{.Version}}\n")
	root.SilenceErrors = true // run says them
	root.SilenceUsage = true
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return usageError{err} })
	root.AddCommand(newTraceCommand(t), newTopCommand(t), newAdviseCommand(t), newWSCommand(t), newTunnelCommand(t), newDemoCommand())
	return root
}

// exactArgs is cobra.ExactArgs with a sentence of our own.
func exactArgs(n int, complaint string) cobra.PositionalArgs {
	return func(_ *cobra.Command, args []string) error {
		if len(args) != n {
			return usageError{errors.New(complaint)}
		}
		return nil
	}
}
