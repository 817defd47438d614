package main

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"

	"github.com/gohttpx/httpx"
)

func (d *demonstration) showTunnel() error {
	d.section("   ... and through a proxy", "A route leads hop by hop, for requests and for any other bytes.")

	route, err := httpx.ParseRoute(d.origins.proxy)
	if err != nil {
		return err
	}
	d.step("route := httpx.ParseRoute(proxy)", "["+route.String()+"]")

	conn, err := httpx.OpenConnection(d.ctx, d.origins.secure, &httpx.ConnectionOptions{TLS: d.origins.trust, Route: always(route)})
	if err != nil {
		return err
	}
	defer conn.Close()
	d.step("conn := httpx.OpenConnection(secure, by route)", conn)
	if err := conn.Close(); err != nil {
		return err
	}

	target := strings.TrimPrefix(d.origins.plain, "http://")
	stream, err := httpx.OpenTunnel(d.ctx, target, route, nil)
	if err != nil {
		return err
	}
	defer stream.Close()
	d.step(`stream := httpx.OpenTunnel(host, route)`, stream)

	if _, err := io.WriteString(stream, "GET / HTTP/1.0\r\n\r\n"); err != nil {
		return err
	}
	line, err := bufio.NewReader(stream).ReadString('\n')
	if err != nil {
		return err
	}
	d.step(`stream.Write("GET / HTTP/1.0"), stream.Read()`, strconv.Quote(strings.TrimSpace(line)))

	if err := stream.Close(); err != nil {
		return err
	}
	d.step("stream.Close()", stream)
	return nil
}

// tunnel is what the demo's proxy does.
func (o *demoOrigins) tunnel(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodConnect {
		w.WriteHeader(http.StatusMethodNotAllowed)
		return
	}
	there, err := net.Dial("tcp", r.Host)
	if err != nil {
		w.WriteHeader(http.StatusBadGateway)
		return
	}
	w.WriteHeader(http.StatusOK)
	here, buffered, err := w.(http.Hijacker).Hijack()
	if err != nil {
		there.Close()
		return
	}
	// Both are the handler's own now, and close waits for them.
	o.running.Go(func() {
		var both sync.WaitGroup
		both.Go(func() { forward(there, buffered) })
		forward(here, there)
		both.Wait()
	})
}

// forward copies until from ends, and then closes to: the demo's streams end
// in both directions at once.
func forward(to net.Conn, from io.Reader) {
	io.Copy(to, from)
	to.Close()
}
