package integration

import (
	"bufio"
	"fmt"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
)

// A scriptedServer misbehaves on purpose, over real sockets. Its script gets
// each connection and the connection's number, from 1, and closes it by
// returning.
type scriptedServer struct {
	address string

	mu          sync.Mutex
	connections []net.Conn
}

func startScripted(t testing.TB, script func(conn net.Conn, number int)) *scriptedServer {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &scriptedServer{address: listener.Addr().String()}
	var running sync.WaitGroup
	running.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			number := s.add(conn)
			running.Go(func() {
				defer conn.Close()
				script(conn, number)
			})
		}
	})
	t.Cleanup(func() {
		listener.Close()
		s.closeAll()
		running.Wait()
	})
	return s
}

func (s *scriptedServer) add(conn net.Conn) (number int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.connections = append(s.connections, conn)
	return len(s.connections)
}

// accepted is how many connections came in so far.
func (s *scriptedServer) accepted() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.connections)
}

func (s *scriptedServer) closeAll() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, conn := range s.connections {
		conn.Close()
	}
}

// readTarget reads a request without content and returns the last element of
// its target.
func readTarget(r *bufio.Reader) (string, error) {
	request, err := http.ReadRequest(r)
	if err != nil {
		return "", err
	}
	return request.URL.Path[strings.LastIndex(request.URL.Path, "/")+1:], nil
}

// respond is a response with that body.
func respond(body string) string {
	return fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s", len(body), body)
}
