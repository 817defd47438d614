package network_test

import (
	"bufio"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"log"
	"net"

	"github.com/gohttpx/httpx/network"
	"github.com/gohttpx/httpx/network/networktest"
)

// A stream begins plain and becomes TLS where the protocol says so.
func ExampleStream_StartTLS() {
	conn, server := networktest.Pipe()
	go func() { // a mail server
		io.WriteString(server, "220 ready for TLS\r\n")
		certificate, _ := networktest.Certificate("mail.example.com")
		secure := tls.Server(server, &tls.Config{Certificates: []tls.Certificate{certificate}})
		io.WriteString(secure, "250 this is secret\r\n")
	}()

	stream := network.NewStream(conn)
	defer stream.Close()
	greeting := make([]byte, len("220 ready for TLS\r\n"))
	if _, err := io.ReadFull(stream, greeting); err != nil {
		log.Fatal(err)
	}
	fmt.Println(stream)

	_, roots := networktest.Certificate()
	err := stream.StartTLS(context.Background(), &tls.Config{ServerName: "mail.example.com", RootCAs: roots})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(stream)
	line, err := bufio.NewReader(stream).ReadString('\n')
	fmt.Printf("%q %v\n", line, err)
	// Output:
	// <NetworkStream ["server"]>
	// <NetworkStream ["server" TLS]>
	// "250 this is secret\r\n" <nil>
}

// Between two uses of a connection, Probe tells whether it can have another.
func ExampleStream_Probe() {
	conn, server := networktest.Pipe()
	stream := network.NewStream(conn)
	defer stream.Close()

	fmt.Println(stream.Probe())
	io.WriteString(server, "408") // nobody asked
	fmt.Println(stream.Probe())
	io.CopyN(io.Discard, stream, 3)
	server.Close()
	fmt.Println(stream.Probe())
	// Output:
	// alive <nil>
	// doubtful network: the stream holds unread bytes
	// closed EOF
}

// Bytes that a parser read too far go back.
func ExampleStream_Unread() {
	conn, server := networktest.Pipe()
	defer server.Close()
	stream := network.NewStream(conn)
	defer stream.Close()
	io.WriteString(server, "HTTP/1.1 101 Switching Protocols\r\n\r\nfirst frame")

	buf := make([]byte, 100)
	n, _ := stream.Read(buf)
	head := len("HTTP/1.1 101 Switching Protocols\r\n\r\n")
	stream.Unread(buf[head:n])

	n, _ = stream.Read(buf)
	fmt.Printf("%s\n", buf[:n])
	// Output: first frame
}

// A Backend is anything that dials, and may be wrapped by a function of one's own.
func ExampleBackend() {
	var backend network.Backend = logging{new(network.Dialer)}
	_, err := backend.DialContext(context.Background(), "tcp", "no port")
	fmt.Println(err)
	// Output:
	// dialling no port
	// dial tcp: address no port: missing port in address
}

type logging struct{ network.Backend }

func (l logging) DialContext(ctx context.Context, networkName, address string) (net.Conn, error) {
	fmt.Println("dialling", address)
	return l.Backend.DialContext(ctx, networkName, address)
}
