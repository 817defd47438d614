package origin

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"io"
	"math/big"
	"net"
	"sync/atomic"
	"time"
)

// ServeTLS serves HTTPS on 127.0.0.1, TLS 1.3 alone, until stdin ends. It
// passes the port and the certificate that clients have to trust to ready.
func ServeTLS(stdin io.Reader, ready func(port int, certificate []byte)) error {
	certificate, err := selfSigned()
	if err != nil {
		return err
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	go func() {
		io.Copy(io.Discard, stdin)
		l.Close()
	}()
	s := &tlsServer{config: &tls.Config{
		Certificates: []tls.Certificate{certificate},
		MinVersion:   tls.VersionTLS13,
		NextProtos:   []string{"http/1.1"},
	}}
	s.answers.Store(newAnswers())
	go s.keepDate()
	ready(l.Addr().(*net.TCPAddr).Port, certificate.Certificate[0])
	for {
		c, err := l.Accept()
		if err != nil {
			return nil // stdin has ended
		}
		go s.serve(tls.Server(c, s.config))
	}
}

type tlsServer struct {
	config  *tls.Config
	answers atomic.Pointer[answers]
}

// keepDate lets the answers have the date of the day.
func (s *tlsServer) keepDate() {
	for now := range time.Tick(time.Second) {
		fresh := newAnswers()
		fresh.refresh(now)
		s.answers.Store(fresh)
	}
}

// serve answers one request after another. The buffer is small while there is
// little to read: ten thousand connections idle here at times.
func (s *tlsServer) serve(c net.Conn) {
	defer c.Close()
	in := make([]byte, 0, 512)
	var out []byte
	for {
		if len(in) == cap(in) {
			in = append(in, 0)[:len(in)]
		}
		n, err := c.Read(in[len(in):cap(in)])
		if err != nil {
			return
		}
		in = in[:len(in)+n]
		r := s.answers.Load().to(in)
		switch {
		case r.isWrong || r.size > 0 && r.size < len(in):
			return
		case r.size == 0:
			continue
		}
		answer := r.bytes
		if !r.isWhole() {
			out = r.appendTo(out[:0])
			answer = out
		}
		if _, err := c.Write(answer); err != nil || r.isLast {
			return
		}
		in = in[:0]
	}
}

func selfSigned() (tls.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return tls.Certificate{}, fmt.Errorf("making a key: %w", err)
	}
	template := &x509.Certificate{
		SerialNumber:          big.NewInt(1),
		Subject:               pkix.Name{CommonName: "bench"},
		NotBefore:             time.Now().Add(-time.Hour),
		NotAfter:              time.Now().Add(24 * time.Hour),
		IPAddresses:           []net.IP{net.IPv4(127, 0, 0, 1)},
		KeyUsage:              x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
		IsCA:                  true,
		BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		return tls.Certificate{}, fmt.Errorf("signing a certificate: %w", err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, nil
}
