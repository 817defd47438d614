package networktest_test

import (
	"fmt"
	"io"

	"github.com/gohttpx/httpx/network/networktest"
)

// A Pipe is a connection that keeps its pieces: what was written at once is
// read at once.
func ExamplePipe() {
	client, server := networktest.Pipe()
	defer client.Close()
	io.WriteString(server, "HTTP/1.1 200")
	io.WriteString(server, " OK\r\n")
	server.Close()

	for {
		buf := make([]byte, 100)
		n, err := client.Read(buf)
		fmt.Printf("%q %v\n", buf[:n], err)
		if err != nil {
			break
		}
	}
	// Output:
	// "HTTP/1.1 200" <nil>
	// " OK\r\n" <nil>
	// "" EOF
}

func ExampleCertificate() {
	certificate, roots := networktest.Certificate("www.example.com", "192.0.2.1")
	fmt.Println(certificate.Leaf.DNSNames, certificate.Leaf.IPAddresses, roots != nil)
	// Output: [www.example.com] [192.0.2.1] true
}
