package main

import (
	"bufio"
	"io"
	"strconv"
	"strings"

	"github.com/gohttpx/httpx"
	"github.com/gohttpx/httpx/network"
)

// shouting asks for the protocol of the demo's servers.
var shouting = httpx.Headers{{"Upgrade", "shout"}}

func (d *demonstration) showStream() error {
	d.section("1. network.Stream", "The bytes under a connection, plain or TLS.")

	var dialer network.Dialer
	conn, err := dialer.DialContext(d.ctx, "tcp", strings.TrimPrefix(d.origins.secure, "https://"))
	if err != nil {
		return err
	}
	stream := network.NewStream(conn)
	defer stream.Close()
	d.step("stream := network.NewStream(conn)", stream)

	if err := stream.StartTLS(d.ctx, d.origins.trust.Clone()); err != nil {
		return err
	}
	d.step("stream.StartTLS(config)", stream)

	liveness, _ := stream.Probe() // its error only explains
	d.step("stream.Probe()", liveness)

	if err := stream.Close(); err != nil {
		return err
	}
	d.step("stream.Close()", stream)
	return nil
}

func (d *demonstration) showConnection() error {
	d.section("2. Connection", "One connection to one origin. Requests run on it strictly in turn.")

	conn, err := httpx.OpenConnection(d.ctx, d.origins.secure, d.connectionOptions())
	if err != nil {
		return err
	}
	defer conn.Close()
	d.step("conn := httpx.OpenConnection(secure)", conn)

	res, err := conn.Request(d.ctx, "GET", "/")
	if err != nil {
		return err
	}
	d.step(`res := conn.Request("GET", "/")`, res)

	res, err = conn.Stream(d.ctx, "GET", "/chunked")
	if err != nil {
		return err
	}
	defer res.Close()
	d.step(`res = conn.Stream("GET", "/chunked")`, conn)

	text, err := res.Text()
	if err != nil {
		return err
	}
	d.step("res.Text()", strconv.Quote(text))
	d.also(conn)

	stream, _, err := conn.Upgrade(d.ctx, "GET", "/shout", shouting)
	if err != nil {
		return err
	}
	defer stream.Close()
	d.step(`stream, res := conn.Upgrade("GET", "/shout")`, conn)

	if _, err := io.WriteString(stream, "hello\n"); err != nil {
		return err
	}
	line, err := bufio.NewReader(stream).ReadString('\n')
	if err != nil {
		return err
	}
	d.step(`stream.Write("hello"), stream.Read()`, strconv.Quote(strings.TrimSpace(line)))

	if err := stream.Close(); err != nil {
		return err
	}
	d.step("stream.Close()", conn)
	return nil
}

func (d *demonstration) connectionOptions() *httpx.ConnectionOptions {
	return &httpx.ConnectionOptions{TLS: d.origins.trust}
}
