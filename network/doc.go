// Package network is the byte stream under an HTTP connection: how it is
// dialled, how it becomes TLS, and how one learns whether its peer is still
// there.
//
// A [Backend] opens connections. The zero [Dialer] is the usual one; it races
// the addresses of a name (RFC 8305, "Happy Eyeballs"). [Unix] speaks to a
// socket file, and package networktest is a network in memory whose servers are
// scripts in a test.
//
// A [Stream] is a net.Conn and more. It begins plain and can be made TLS where
// the protocol above says so, again inside TLS if need be:
//
//	var backend network.Dialer
//	conn, err := backend.DialContext(ctx, "tcp", "www.example.com:443")
//	if err != nil {
//		return err
//	}
//	stream := network.NewStream(conn)
//	defer stream.Close()
//	if err := stream.StartTLS(ctx, &tls.Config{ServerName: "www.example.com"}); err != nil {
//		return err
//	}
//	fmt.Println(stream) // <NetworkStream ["93.184.215.14:443" TLS]>
//
// Between two requests, [Stream.Probe] tells whether the connection can serve
// the next one: [Alive], [Closed], [Doubtful] because bytes came that nobody
// asked for, or [Unknown]. It loses none of them.
//
// The package imports the standard library only and knows nothing of HTTP.
package network
