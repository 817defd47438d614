package integration

import (
	"bufio"
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"crypto/tls"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/gohttpx/httpx"
)

// TestLateSessionTickets has a TLS server send session tickets whenever it
// likes, which TLS 1.3 allows (RFC 8446 section 4.6.1): while a connection is
// idle there are bytes to read, and yet it is as good as before.
func TestLateSessionTickets(t *testing.T) {
	ca := newAuthority(t)
	config := &tls.Config{Certificates: []tls.Certificate{ca.issue(t)}}
	sent := make(chan error, 16)
	server := startScripted(t, func(raw net.Conn, _ int) {
		conn, err := serveTicketTLS(raw, config)
		if err != nil {
			sent <- err
			return
		}
		for requests := bufio.NewReader(conn.in); ; {
			target, err := readTarget(requests)
			if err != nil {
				return
			}
			if err := conn.writeData([]byte(respond(target))); err != nil {
				sent <- err
				return
			}
			sent <- conn.writeTickets(2)
		}
	})
	base := "https://" + server.address
	options := httpx.ConnectionOptions{TLS: ca.trust()}

	// The pool looks at idle connections once a second, and before it uses one
	// that idled for more than 10 ms: see that neither minds.
	pauses := []time.Duration{20 * time.Millisecond, 1500 * time.Millisecond}

	check := func(t *testing.T, transport httpx.Transport, idle func() string, want string) {
		before := server.accepted()
		for i := range len(pauses) + 1 {
			answer := send(t, transport, "GET", base+"/again")
			answer.want(t, 200, []byte("again"))
			if i > 0 && !answer.Exchange().Reused {
				t.Errorf("request %d: on a new connection", i+1)
			}
			if err := <-sent; err != nil {
				t.Fatalf("the server: %v", err)
			}
			if i < len(pauses) {
				<-time.After(pauses[i])
			}
			if got := idle(); got != want {
				t.Errorf("after request %d: %s, want %s", i+1, got, want)
			}
		}
		if got := server.accepted() - before; got > 1 {
			t.Errorf("%d connections, want one", got)
		}
	}
	t.Run("pool", func(t *testing.T) {
		pool := newPool(t, &httpx.PoolOptions{Connection: options})
		check(t, pool, pool.String, "<ConnectionPool [1 idle]>")
	})
	t.Run("connection", func(t *testing.T) {
		connection, err := httpx.OpenConnection(t.Context(), base, &options)
		if err != nil {
			t.Fatal(err)
		}
		closeAtEnd(t, connection)
		check(t, connection, connection.String, fmt.Sprintf(`<Connection "%s/" IDLE>`, base))
	})
}

// A ticketConn is the server's side of a TLS 1.3 connection that can send a
// ticket at any time, which crypto/tls does only during the handshake. It reads
// through crypto/tls and seals what it writes by itself.
type ticketConn struct {
	in     *tls.Conn // for reading only
	out    net.Conn
	aead   cipher.AEAD
	iv     []byte
	number uint64 // of the next record
}

func serveTicketTLS(raw net.Conn, config *tls.Config) (*ticketConn, error) {
	var keyLog bytes.Buffer
	config = config.Clone()
	config.MinVersion = tls.VersionTLS13
	config.SessionTicketsDisabled = true // so that the first record is ours
	config.KeyLogWriter = &keyLog
	in := tls.Server(raw, config)
	if err := in.Handshake(); err != nil {
		return nil, err
	}
	if suite := in.ConnectionState().CipherSuite; suite != tls.TLS_AES_128_GCM_SHA256 {
		return nil, fmt.Errorf("the cipher suite is %s; only AES-128-GCM is sealed here", tls.CipherSuiteName(suite))
	}
	secret, err := findSecret(keyLog.String(), "SERVER_TRAFFIC_SECRET_0")
	if err != nil {
		return nil, err
	}
	key, err := expandLabel(secret, "key", 16)
	if err != nil {
		return nil, err
	}
	iv, err := expandLabel(secret, "iv", 12)
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		return nil, err
	}
	return &ticketConn{in: in, out: raw, aead: aead, iv: iv}, nil
}

// findSecret looks a secret up in the format of SSLKEYLOGFILE.
func findSecret(keyLog, label string) ([]byte, error) {
	for line := range strings.Lines(keyLog) {
		if fields := strings.Fields(line); len(fields) == 3 && fields[0] == label {
			return hex.DecodeString(fields[2])
		}
	}
	return nil, fmt.Errorf("the key log has no %s", label)
}

// expandLabel is HKDF-Expand-Label without context (RFC 8446 section 7.1).
func expandLabel(secret []byte, label string, length int) ([]byte, error) {
	info := binary.BigEndian.AppendUint16(nil, uint16(length))
	info = append(info, byte(len("tls13 ")+len(label)))
	info = append(info, "tls13 "+label...)
	info = append(info, 0)
	return hkdf.Expand(sha256.New, secret, string(info), length)
}

func (c *ticketConn) writeData(data []byte) error {
	const applicationData = 23
	return c.writeRecord(applicationData, data)
}

func (c *ticketConn) writeTickets(n int) error {
	const handshake = 22
	for i := range n {
		// NewSessionTicket: lifetime, age_add, nonce, ticket, extensions.
		body := []byte{0, 0, 0x0e, 0x10, 1, 2, 3, 4, 1, byte(i), 0, 8}
		body = append(body, "a ticket"...)
		body = append(body, 0, 0)
		message := append([]byte{4, 0, 0, byte(len(body))}, body...)
		if err := c.writeRecord(handshake, message); err != nil {
			return err
		}
	}
	return nil
}

// writeRecord seals one record (RFC 8446 sections 5.2 and 5.3).
func (c *ticketConn) writeRecord(kind byte, content []byte) error {
	plain := append(bytes.Clone(content), kind)
	header := []byte{23, 3, 3}
	header = binary.BigEndian.AppendUint16(header, uint16(len(plain)+c.aead.Overhead()))
	nonce := make([]byte, len(c.iv))
	binary.BigEndian.PutUint64(nonce[len(nonce)-8:], c.number)
	for i := range nonce {
		nonce[i] ^= c.iv[i]
	}
	c.number++
	_, err := c.out.Write(c.aead.Seal(header, nonce, plain, header))
	return err
}
