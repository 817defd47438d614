package client

import (
	"bytes"
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"strconv"
	"time"
)

func init() {
	register(Client{Name: "raw", Words: "hand-written sockets", TakesContext: true, Open: openRaw})
}

// raw is what one would write for this server alone: a connection per worker, or
// a channel of them where callers are more than connections, a request that was
// made beforehand, and no more reading of the answer than finds its end.
type raw struct {
	target  Target
	request []byte
	shared  chan *rawConn
	opened  []*rawConn
}

func openRaw(t Target) (Session, error) {
	s := &raw{target: t}
	head := fmt.Sprintf("%s %s HTTP/1.1\r\nHost: %s\r\nUser-Agent: bench\r\n", t.Method(), t.Path, t.Address)
	if t.Once {
		head += "Connection: close\r\n"
	}
	if t.Post != nil {
		head += "Content-Length: " + strconv.Itoa(len(t.Post)) + "\r\n"
	}
	s.request = append([]byte(head+"\r\n"), t.Post...)
	if t.Once {
		return s, nil
	}
	s.shared = make(chan *rawConn, t.Connections)
	for range t.Connections {
		c, err := s.dial()
		if err != nil {
			s.Close()
			return nil, err
		}
		s.opened = append(s.opened, c)
		s.shared <- c
	}
	return s, nil
}

func (s *raw) dial() (*rawConn, error) {
	c, err := net.DialTimeout("tcp", s.target.Address, 10*time.Second)
	if err != nil {
		return nil, err
	}
	if s.target.TLS != nil {
		c = tls.Client(c, s.target.TLS)
	}
	return &rawConn{Conn: c}, nil
}

func (s *raw) Close() {
	for _, c := range s.opened {
		c.Conn.Close()
	}
}

func (s *raw) Caller(context.Context) (Caller, error) {
	buf := make([]byte, bodyBuffer)
	if s.target.Once {
		return func() (int, int, error) {
			c, err := s.dial()
			if err != nil {
				return 0, 0, err
			}
			defer c.Conn.Close()
			return c.exchange(s.request, buf)
		}, nil
	}
	if s.target.Callers <= s.target.Connections {
		c := <-s.shared
		return func() (int, int, error) { return c.exchange(s.request, buf) }, nil
	}
	return func() (int, int, error) {
		c := <-s.shared
		status, n, err := c.exchange(s.request, buf)
		s.shared <- c
		return status, n, err
	}, nil
}

type rawConn struct{ net.Conn }

var (
	lengthField = []byte("\r\nContent-Length: ")
	chunkedEnd  = []byte("0\r\n\r\n")
	headEnd     = []byte("\r\n\r\n")
)

// exchange sends the request and reads the answer into buf.
func (c *rawConn) exchange(request, buf []byte) (status, length int, err error) {
	if _, err := c.Write(request); err != nil {
		return 0, 0, err
	}
	n, head := 0, -1
	for head < 0 {
		m, err := c.Read(buf[n:])
		n += m
		if err != nil {
			return 0, 0, err
		}
		head = bytes.Index(buf[:n], headEnd)
	}
	if n < 12 {
		return 0, 0, fmt.Errorf("a head of %d bytes", n)
	}
	status = int(buf[9]-'0')*100 + int(buf[10]-'0')*10 + int(buf[11]-'0')
	at := bytes.Index(buf[:head+2], lengthField)
	if at < 0 {
		return c.chunked(status, head+len(headEnd), n, buf)
	}
	for _, d := range buf[at+len(lengthField) : head+1] {
		if d < '0' || d > '9' {
			break
		}
		length = length*10 + int(d-'0')
	}
	for end := head + len(headEnd) + length; n < end; {
		m, err := c.Read(buf[n:end])
		n += m
		if err != nil {
			return 0, 0, err
		}
	}
	return status, length, nil
}

// chunked reads on to the end of the last chunk and counts what the chunks
// hold.
func (c *rawConn) chunked(status, at, n int, buf []byte) (int, int, error) {
	for !bytes.HasSuffix(buf[at:n], chunkedEnd) {
		m, err := c.Read(buf[n:])
		n += m
		if err != nil {
			return 0, 0, err
		}
	}
	length := 0
	for {
		size := 0
		for ; buf[at] != '\r'; at++ {
			switch d := buf[at]; {
			case d >= '0' && d <= '9':
				size = size<<4 + int(d-'0')
			case d >= 'a' && d <= 'f':
				size = size<<4 + int(d-'a'+10)
			}
		}
		if size == 0 {
			return status, length, nil
		}
		length += size
		if at += 2 + size + 2; at >= n {
			return 0, 0, fmt.Errorf("a chunk of %d bytes reaches beyond the answer", size)
		}
	}
}
