//go:build !js

package main

import (
	"net/http"
	"strconv"

	"github.com/coder/websocket"
	"github.com/gohttpx/httpx"
	"github.com/gohttpx/httpx/nethttp"
)

func (d *demonstration) showWebSocket() error {
	d.section("   ... under others", "A pool serves an http.Client, and what speaks through one: WebSocket, say.")

	pool := httpx.NewConnectionPool(nil)
	defer pool.Close()
	client := &http.Client{Transport: nethttp.RoundTripper(pool)}
	d.step("client.Transport = nethttp.RoundTripper(pool)", pool)

	socket, _, err := websocket.Dial(d.ctx, d.origins.plain+"/feed", &websocket.DialOptions{HTTPClient: client})
	if err != nil {
		return err
	}
	defer socket.CloseNow()
	d.step(`socket := websocket.Dial(plain+"/feed", client)`, pool)
	for _, c := range pool.Connections() {
		d.also(c)
	}

	if err := socket.Write(d.ctx, websocket.MessageText, []byte("hello")); err != nil {
		return err
	}
	_, message, err := socket.Read(d.ctx)
	if err != nil {
		return err
	}
	d.step(`socket.Write("hello"), socket.Read()`, strconv.Quote(string(message)))

	if err := socket.Close(websocket.StatusNormalClosure, ""); err != nil {
		return err
	}
	d.step("socket.Close()", pool)
	return nil
}

// feed is a WebSocket that gives each message back.
func (o *demoOrigins) feed(w http.ResponseWriter, r *http.Request) {
	o.running.Add(1)
	defer o.running.Done()
	socket, err := websocket.Accept(w, r, nil)
	if err != nil {
		return
	}
	defer socket.CloseNow()
	for {
		kind, message, err := socket.Read(r.Context())
		if err != nil || socket.Write(r.Context(), kind, message) != nil {
			return
		}
	}
}
