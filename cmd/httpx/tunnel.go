package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/gohttpx/httpx"
	"github.com/gohttpx/httpx/network"
	"github.com/spf13/cobra"
)

func newTunnelCommand(t *terminal) *cobra.Command {
	o := new(options)
	cmd := &cobra.Command{
		Use:   "tunnel HOST:PORT",
		Short: "Join standard input and output to a host, through proxies",
		Long: `Join standard input and output to a port of a host, whatever is spoken there,
through the proxies that are given and through no others.

The end of standard input closes that direction, and the end of the host's bytes
closes standard output; the command ends when both have ended. So it serves as
the ProxyCommand of ssh.`,
		Example: `  httpx tunnel --proxy http://proxy.example:3128 host.example:22
  ssh -o ProxyCommand='httpx tunnel -x socks5://127.0.0.1:1080 %h:%p' host.example`,
		Args: exactArgs(1, "want one HOST:PORT"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return runTunnel(cmd.Context(), o, t, args[0])
		},
	}
	cmd.Flags().SortFlags = false
	o.addTunnelFlags(cmd)
	return cmd
}

func runTunnel(ctx context.Context, o *options, t *terminal, target string) error {
	route, err := o.route()
	if err != nil {
		return err
	}
	stream, err := httpx.OpenTunnel(ctx, target, route, &httpx.ConnectionOptions{Timeouts: o.timeouts()})
	if err != nil {
		if !errors.As(err, new(*httpx.Error)) {
			err = usageError{err} // the target makes no sense
		}
		return err
	}
	defer stream.Close()
	return join(ctx, stream, t)
}

// join moves bytes in both directions until both have ended, or one has failed,
// or ctx has ended. A read of standard input that is under way stays behind
// then: nothing can end it but the process.
func join(ctx context.Context, stream *network.Stream, t *terminal) error {
	ended := make(chan error, 2)
	go func() { ended <- sendAll(stream, t.in) }()
	go func() { ended <- receiveAll(t.out, stream) }()
	for range 2 {
		select {
		case err := <-ended:
			if err != nil {
				return err
			}
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

// sendAll sends what there is, and then that this was all.
func sendAll(stream *network.Stream, in io.Reader) error {
	input := &reader{r: in}
	_, err := io.Copy(stream, input)
	switch {
	case input.err != nil:
		return localError{exitReadInput, fmt.Errorf("standard input: %w", input.err)}
	case err != nil:
		return localError{exitSend, fmt.Errorf("send: %w", err)}
	}
	// A connection that is gone by now is known to the other direction, which
	// has ended or is about to fail.
	if err := stream.CloseWrite(); errors.Is(err, errors.ErrUnsupported) {
		return localError{exitSend, err}
	}
	return nil
}

// receiveAll writes what comes, and closes the output then: who reads it learns
// of the end while standard input may still be open.
func receiveAll(out io.Writer, stream *network.Stream) error {
	output := &output{w: out}
	if _, err := io.Copy(output, stream); err != nil {
		if errors.As(err, new(localError)) {
			return err
		}
		return localError{exitReceive, fmt.Errorf("receive: %w", err)}
	}
	closer, ok := out.(io.Closer)
	if !ok {
		return nil
	}
	if err := closer.Close(); err != nil {
		return localError{exitWriteOutput, fmt.Errorf("output: %w", err)}
	}
	return nil
}

// A reader remembers how it failed, so that its failure can be told from that
// of a writer.
type reader struct {
	r   io.Reader
	err error
}

func (r *reader) Read(p []byte) (int, error) {
	n, err := r.r.Read(p)
	if err != nil && err != io.EOF {
		r.err = err
	}
	return n, err
}
