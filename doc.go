// Package httpx is an HTTP client whose connections you can see and hold.
//
// A first program:
//
//	package main
//
//	import (
//		"context"
//		"fmt"
//		"log"
//
//		"github.com/gohttpx/httpx"
//	)
//
//	func main() {
//		res, err := httpx.Get(context.Background(), "http://www.example.com/")
//		if err != nil {
//			log.Fatal(err)
//		}
//		text, err := res.Text()
//		if err != nil {
//			log.Fatal(err)
//		}
//		fmt.Println(res, len(text)) // <Response [200 OK]> 1256
//	}
//
// # Four floors
//
// The package is built in four floors, each of which is useful alone:
//
//	Client          redirects, cookies, default headers, decoding
//	ConnectionPool  many connections, many callers, bounded, proxied, visible
//	Connection      one connection, requests strictly in turn, upgrades
//	network.Stream  the raw byte stream under it, plain or TLS
//
// A [Client] is what most programs want:
//
//	client := httpx.NewClient(nil)
//	defer client.Close()
//	res, err := client.Get(ctx, "http://www.example.com/")
//
// Under it is a [ConnectionPool], which sends a request as it is: no redirect is
// followed and nothing is decoded. [OpenConnection] opens one [Connection], for
// those who want to say which request goes where. The stream under that is of
// package network, and comes to the surface where a request switches protocols:
// see [Upgrade].
//
// The three upper floors have one verb, [Transport].Send, and with it Request,
// which reads the body into memory, and Stream, which leaves it open. A
// [Middleware] wraps a Transport in another. So any floor can stand where
// another stands: a Client over one Connection, a pool in a Middleware of yours.
//
// There is one API, and it blocks. To have several requests at work, use
// goroutines, or [Gather]; to give one up, cancel its context.
//
// # Seeing
//
// What there is says what it is, to people with String and to programs with
// Snapshot, at any time and from any goroutine:
//
//	<Client [1 idle]>
//	<ConnectionPool [2 active, 1 idle, 4 waiting]>
//	<Connection "https://www.example.com/" IDLE>
//	<NetworkStream ["93.184.215.14:443" TLS]>
//	<Request [GET "https://www.example.com/"]>
//	<Response [200 OK]>
//
// [ConnectionPool.Snapshot] has the counts, every connection with the request that
// it carries, and every caller that waits with the limit that holds it: all of one
// moment, and it adds up.
//
// [Response.Exchange] is the record of how a response was got: on which
// connection, reused or new, and how long each phase took. [OnEvent] and
// [ConnectionPool.Observe] tell what happens while it happens; [LogEvents] writes
// that to a log:
//
//	stop := pool.Observe(httpx.LogEvents(logger, slog.LevelDebug))
//
// [LeakOptions] asks a pool to report the response that was never closed, and
// [RecordDemand] writes what a pool is asked for, for the command "httpx advise".
// Package inspect shows a pool on a page. Credentials are in none of these, nor in
// an error.
//
// # Requests and responses
//
// Requests are made of a method, a URL and options: [Headers], a [Body] such as
// [JSON], [Form], [File] or [MultiPart], [Query], [Timeouts], [Route].
//
//	res, err := client.Post(ctx, "http://www.example.com/people",
//		httpx.JSON(map[string]string{"name": "Ada"}),
//		httpx.Headers{{"Authorization", "Bearer " + token}})
//
// The Response of Request, Get and their like has its body in memory: Bytes,
// Text and JSON return it, and there is nothing to close. That of Stream and Send
// has it open: read it to its end, or Close it, and the connection is free for
// the next request. The context of the call governs it until then.
//
// A status such as 404 is a response, not an error.
//
// # Proxies and tunnels
//
// A [Route] is the way to an origin, proxy by proxy, as many as there are: http,
// https, socks5, socks5h. It is chosen for a target by ConnectionOptions.Route, or
// for one request by a Route among its options; without either by the environment.
// [ParseRoute] makes one of URLs, [Direct] goes straight. Connections of different
// routes are never shared, and a proxy's credentials are seen by that proxy alone.
//
// [OpenTunnel] opens a stream through a route to any host and port, whatever is
// spoken there.
//
// # Upgrades
//
// Upgrade, on each floor, asks for another protocol on the connection, or with
// CONNECT for a tunnel, and returns the stream: a net.Conn without a deadline, which
// is the caller's. Until it is closed a pool counts it. A refusal is an
// [*UpgradeError] with the response in it, and the connection serves on.
//
// # Errors
//
// What the world does wrong is an [*Error]: its kind ([ErrTimeout], [ErrConnect]
// and so on, for errors.Is), the phase, the origin, the connection, the cause, and
// as [Progress] how far the request got, which decides whether it may be sent
// again. It is a net.Error, and has the record of how the request went. The end of a
// context's time is [ErrTimeout] and context.DeadlineExceeded; a cancellation is
// context.Canceled alone. What the caller does wrong is an error before a byte is
// written.
//
// The pool sends a request again by itself where that is safe, once: a reused
// connection had ended before the first byte of an answer. See [NoReplay].
//
// # Defaults
//
// The zero value of an option means what this table says. [None] says "no": no
// timeout, no redirects, nothing idle. [Unlimited] lifts a limit of number or size.
//
//	connections                 100 in all, as many to one origin; all may idle
//	an idle connection          closed after 90 s, or a little before the server
//	                            says it will (Keep-Alive: timeout=), or was seen to
//	age of a connection         no limit; where one is set, up to a tenth less by chance
//	callers that wait           1,024, each for 30 s at most
//	finding the address         10 s
//	connecting                  10 s, each hop of a route
//	TLS                         10 s, each handshake; TLS 1.2 and up, sessions resumed
//	writing                     30 s without progress
//	first byte, reading on      no limit: that is the context's
//	closing an unread body      a known rest of up to 64 KiB is read, within 50 ms,
//	                            so that the connection serves on
//	head of a response          1 MiB, 256 fields; the trailers have as much again
//	interim responses           16 to a request, each a head of its own
//	chunk extensions            4 KiB a body
//	Expect: 100-continue        only where it is set; waits 1 s
//	decoded body                64 MiB, or 100 times what came, whichever is more
//	body in memory              64 MiB (Request, Bytes, Text, JSON), then ErrTooLarge
//	redirects                   20
//	proxies                     those of HTTP_PROXY, HTTPS_PROXY, ALL_PROXY, NO_PROXY
//	addresses of a name         raced, IPv6 first (RFC 8305)
//
// The command in cmd/httpx shows all of this at work: httpx demo needs no
// network.
package httpx
