package network_test

import (
	"context"
	"encoding/binary"
	"io"
	"net"
	"net/netip"
	"strings"
	"testing"
)

// A nameServer answers the lookups of one resolver from a table, in memory.
// Names that are not in it do not exist.
type nameServer map[string][]string

func (s nameServer) resolver() *net.Resolver {
	return &net.Resolver{PreferGo: true, Dial: func(context.Context, string, string) (net.Conn, error) {
		client, server := net.Pipe()
		go s.serve(server)
		return client, nil
	}}
}

// silentResolver asks a name server that says nothing until the test ends, when
// it is gone.
func silentResolver(t *testing.T) *net.Resolver {
	t.Helper()
	over := make(chan struct{})
	t.Cleanup(func() { close(over) })
	return &net.Resolver{PreferGo: true, Dial: func(context.Context, string, string) (net.Conn, error) {
		select {
		case <-over:
			return nil, net.ErrClosed
		default:
		}
		client, server := net.Pipe()
		go func() {
			go io.Copy(io.Discard, server)
			<-over
			server.Close()
		}()
		return client, nil
	}}
}

// serve speaks DNS as over TCP: each message has its length in front (RFC 1035
// section 4.2.2).
func (s nameServer) serve(conn net.Conn) {
	defer conn.Close()
	for {
		var length [2]byte
		if _, err := io.ReadFull(conn, length[:]); err != nil {
			return
		}
		question := make([]byte, binary.BigEndian.Uint16(length[:]))
		if _, err := io.ReadFull(conn, question); err != nil {
			return
		}
		answer := s.answer(question)
		conn.Write(append(binary.BigEndian.AppendUint16(nil, uint16(len(answer))), answer...))
	}
}

const (
	typeA    = 1
	typeAAAA = 28
)

// answer is the response to a message with one question.
func (s nameServer) answer(question []byte) []byte {
	const header = 12
	end := header
	var labels []string
	for question[end] != 0 {
		n := int(question[end])
		labels = append(labels, string(question[end+1:end+1+n]))
		end += 1 + n
	}
	kind := binary.BigEndian.Uint16(question[end+1:])
	end += 5

	var records [][]byte
	addresses, exists := s[strings.Join(labels, ".")]
	for _, text := range addresses {
		ip := netip.MustParseAddr(text)
		if kind == typeA && ip.Is4() || kind == typeAAAA && ip.Is6() {
			records = append(records, ip.AsSlice())
		}
	}

	message := append([]byte(nil), question[:2]...) // the id
	flags := uint16(0x8180)                         // a response; recursion
	if !exists {
		flags |= 3 // no such name
	}
	message = binary.BigEndian.AppendUint16(message, flags)
	message = binary.BigEndian.AppendUint16(message, 1)
	message = binary.BigEndian.AppendUint16(message, uint16(len(records)))
	message = append(message, 0, 0, 0, 0)
	message = append(message, question[header:end]...)
	for _, record := range records {
		message = append(message, 0xc0, header) // the question's name
		message = binary.BigEndian.AppendUint16(message, kind)
		message = append(message, 0, 1, 0, 0, 0, 60) // Internet, a minute
		message = binary.BigEndian.AppendUint16(message, uint16(len(record)))
		message = append(message, record...)
	}
	return message
}
