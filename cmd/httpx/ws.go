//go:build !js

package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/coder/websocket"
	"github.com/gohttpx/httpx"
	"github.com/gohttpx/httpx/nethttp"
	"github.com/spf13/cobra"
)

// wsOptions is what the command line says about a conversation.
type wsOptions struct {
	options
	subprotocols []string
}

func newWSCommand(t *terminal) *cobra.Command {
	o := new(wsOptions)
	cmd := &cobra.Command{
		Use:   "ws URL",
		Short: "Talk over a WebSocket, line by line",
		Long: `Talk over a WebSocket: each line of standard input is sent as a text message, and
each message that comes is written to standard output as a line.

The end of standard input (Ctrl-D) closes the WebSocket, after what the server
had to say to the last line. The exit status is 0 where either side closed it in
the normal way; another status of the server is told on standard error. The URL
is one of ws or wss; without a scheme it is ws.`,
		Example: `  httpx ws wss://www.example.com/feed
  echo '{"subscribe": "news"}' | httpx ws -H 'Origin: https://www.example.com' wss://www.example.com/feed`,
		Args: exactArgs(1, "want one URL"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return runWS(cmd.Context(), newGet(&o.options, t), o.subprotocols, args[0])
		},
	}
	f := cmd.Flags()
	f.SortFlags = false
	o.addFieldFlags(cmd)
	f.StringArrayVar(&o.subprotocols, "subprotocol", nil, "offer to speak `NAME`; several: the server chooses")
	o.addVerboseFlag(cmd)
	o.addWayFlags(cmd)
	return cmd
}

func runWS(ctx context.Context, g *get, subprotocols []string, rawURL string) error {
	u, err := parseWSURL(rawURL)
	if err != nil {
		return err
	}
	dial := &websocket.DialOptions{Subprotocols: subprotocols}
	if dial.HTTPHeader, dial.Host, err = g.handshakeFields(u); err != nil {
		return err
	}
	u.User = nil // it is among the fields
	o, err := g.clientOptions()
	if err != nil {
		return err
	}
	pool := httpx.NewConnectionPool(&o.Pool)
	defer pool.Close()
	var transport httpx.Transport = pool
	for _, wrap := range slices.Backward(o.Middleware) {
		transport = wrap(transport)
	}
	dial.HTTPClient = &http.Client{Transport: nethttp.RoundTripper(transport)}
	if g.verbose {
		defer g.story.end(nil)
	}
	conn, res, err := websocket.Dial(ctx, u.String(), dial)
	if err != nil {
		return handshakeError(res, err)
	}
	conn.SetReadLimit(maxMessage)
	c := &conversation{conn: conn, terminal: g.terminal, input: make(chan error, 1)}
	return c.run(ctx)
}

// parseWSURL takes what people type, and gives the URL of the handshake.
func parseWSURL(raw string) (*url.URL, error) {
	for _, scheme := range []struct{ ws, http string }{{"ws://", "http://"}, {"wss://", "https://"}} {
		if rest, ok := strings.CutPrefix(raw, scheme.ws); ok {
			return parseURL(scheme.http + rest)
		}
	}
	return parseURL(raw)
}

// handshakeFields are the fields of the request that asks for the WebSocket,
// and the host where one was given.
func (g *get) handshakeFields(u *url.URL) (fields http.Header, host string, err error) {
	given, err := g.givenHeaders()
	if err != nil {
		return nil, "", err
	}
	credentials, err := g.credentials(u)
	if err != nil {
		return nil, "", err
	}
	fields = http.Header{"User-Agent": {"gohttpx/" + httpx.Version}}
	for _, set := range []httpx.Headers{credentials, given} {
		for name := range set.All() {
			fields.Del(name)
		}
		for name, value := range set.All() {
			switch {
			case value != "" || !defaultNames.Has(name):
				fields.Add(name, value)
			case strings.EqualFold(name, "User-Agent"):
				fields["User-Agent"] = nil // else net/http's own would be sent
			}
		}
	}
	host = fields.Get("Host")
	fields.Del("Host")
	return fields, host, nil
}

// handshakeError says what the server did in place of a handshake.
func handshakeError(res *http.Response, err error) error {
	var failure *httpx.Error
	switch {
	case errors.As(err, &failure):
		return failure
	case res == nil:
		return err
	case res.StatusCode == http.StatusSwitchingProtocols:
		return localError{exitBadAnswer, err}
	}
	err = fmt.Errorf("no WebSocket: the server answered %d %s", res.StatusCode, http.StatusText(res.StatusCode))
	if res.StatusCode >= 400 {
		return localError{exitHTTPError, err}
	}
	return localError{exitBadAnswer, err}
}

// maxMessage bounds a message, which is held in memory.
const maxMessage = 64 << 20

// A conversation says lines and writes what it hears.
type conversation struct {
	*terminal
	conn  *websocket.Conn
	input chan error // gets what is wrong with the input, if anything is
}

// run converses until one side closes the WebSocket. A read of standard input
// that is under way stays behind: nothing can end it but the process.
func (c *conversation) run(ctx context.Context) error {
	go c.say(ctx)
	err := c.hear(ctx)
	c.conn.CloseNow() // its error is that it was closed
	select {
	case err = <-c.input:
	default:
	}
	return err
}

// say sends the input line by line, and then closes the WebSocket. What goes
// wrong with that is heard.
func (c *conversation) say(ctx context.Context) {
	lines := bufio.NewReader(c.in)
	for number := 1; ; number++ {
		line, err := lines.ReadString('\n')
		last := err != nil
		if err != nil && err != io.EOF {
			c.input <- localError{exitReadInput, fmt.Errorf("standard input: %w", err)}
		}
		if line = strings.TrimSuffix(strings.TrimSuffix(line, "\n"), "\r"); last && line == "" {
			break
		}
		if !utf8.ValidString(line) { // RFC 6455 section 5.6
			c.input <- localError{exitReadInput, fmt.Errorf("standard input: line %d is no text in UTF-8", number)}
			break
		}
		if c.conn.Write(ctx, websocket.MessageText, []byte(line)) != nil {
			return
		}
		if last {
			break
		}
	}
	c.leave(ctx)
}

// politeness is how long the server may take to answer to what it was sent
// before the WebSocket is closed.
const politeness = 5 * time.Second

// leave closes the WebSocket. What comes after the close was sent is lost, and
// so a ping goes first: its pong comes behind the answers to what was said.
func (c *conversation) leave(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, politeness)
	defer cancel()
	c.conn.Ping(ctx) // without an answer the close is no worse
	c.conn.Close(websocket.StatusNormalClosure, "")
}

// hear writes messages until the WebSocket is closed.
func (c *conversation) hear(ctx context.Context) error {
	for {
		kind, message, err := c.conn.Read(ctx)
		if err != nil {
			return c.closed(ctx, err)
		}
		if kind == websocket.MessageBinary && c.outIsScreen {
			message = fmt.Appendf(nil, "[a binary message of %d bytes]", len(message))
		}
		if _, err := c.out.Write(append(message, '\n')); err != nil {
			return localError{exitWriteOutput, fmt.Errorf("output: %w", err)}
		}
	}
}

// closed says what the end of the WebSocket means: nil for a normal one.
func (c *conversation) closed(ctx context.Context, err error) error {
	var end websocket.CloseError
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.Is(err, websocket.ErrMessageTooBig):
		return localError{exitTooLarge, fmt.Errorf("a message of more than %d MiB came", maxMessage>>20)}
	case !errors.As(err, &end):
		return localError{exitReceive, fmt.Errorf("the WebSocket ended without a close: %w", err)}
	case end.Code == websocket.StatusNormalClosure, end.Code == websocket.StatusNoStatusRcvd:
		return nil
	}
	text := fmt.Sprintf("the server closed the WebSocket: %d", end.Code)
	if name, ok := strings.CutPrefix(end.Code.String(), "Status"); ok && !strings.Contains(name, "(") {
		text += " " + name
	}
	if end.Reason != "" {
		text += fmt.Sprintf(" (%q)", end.Reason)
	}
	return localError{exitReceive, errors.New(text)}
}
