// Package tunnel walks a route of proxies hop by hop on one stream, until the
// stream speaks with the target: CONNECT through HTTP proxies (RFC 9110 section
// 9.3.6), plain or inside TLS, and SOCKS 5 (RFC 1928, RFC 1929), in any order
// and of any length.
//
//	w := tunnel.NewWalker([]tunnel.Hop{{
//		Kind:    tunnel.HTTP,
//		Address: "proxy.example.net:3128",
//		Visible: "http://proxy.example.net:3128",
//	}}, tunnel.Options{Connect: 10 * time.Second})
//
//	for {
//		s := network.NewStream(dialled) // to the first hop
//		err := w.Walk(ctx, s, "www.example.com:443")
//		if err == nil {
//			return s, nil // what is written now, www.example.com reads
//		}
//		if !w.Again(err) { // a 407 can be answered, but on a new connection
//			return nil, err // an *Error: which hop, asked for what, said what
//		}
//	}
//
// CONNECT is one exchange of package exchange, the same that requests run on.
// SOCKS is written here, over the stream itself: golang.org/x/net/proxy hides
// the reply's code, reads under its own deadlines, and dials, so that it cannot
// go on where another hop has ended.
//
// A secret goes to its own hop and nowhere else. Credentials answer the
// challenges of the hop that they were given for, Basic or Digest (RFC 7617,
// RFC 7616), and what is learned from a challenge is kept for the next walk.
// Requests in absolute form, which a proxy challenges one by one, are
// authorized through [Walker.Last].
package tunnel
