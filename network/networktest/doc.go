// Package networktest is a network in memory for tests: a [network.Backend]
// whose servers are scripts, byte by byte, and which fails the test when the
// world differs from the script.
//
// A test says who answers at an address, and hands the network to what it tests:
//
//	func TestGreeting(t *testing.T) {
//		synctest.Test(t, func(t *testing.T) {
//			net := networktest.New(t)
//			net.Handle("www.example.com:80", func(p *networktest.Peer) {
//				p.Expect("GET / HTTP/1.1\r\nHost: www.example.com\r\n\r\n")
//				p.Answer(200, "hello")
//				p.WaitClosed()
//			})
//			pool := httpx.NewConnectionPool(&httpx.PoolOptions{
//				Connection: httpx.ConnectionOptions{Backend: net},
//			})
//			defer pool.Close()
//			…
//		})
//	}
//
// Nothing is read ahead, merged or split behind the script's back: one Write of
// one end is one Read of the other, as far as the reader's slice holds it. All
// waiting is durably blocking in the sense of testing/synctest and all time is
// the bubble's, so that a deadline of a minute costs no minute; outside a bubble
// everything works in real time.
//
// At the test's end the network fails the test if a connection is still open on
// the client's side, if a dial still waits, or if a script has not ended, and
// says at which line it stands. The tutorial is in tutorial_test.go.
//
// [network.Backend]: https://pkg.go.dev/github.com/gohttpx/httpx/network#Backend
package networktest
