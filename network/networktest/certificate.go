package networktest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"math/big"
	"net"
	"sync"
	"sync/atomic"
	"time"
)

// An authority signs the certificates of one test process. It is valid in the
// year 2000, at which the clock of a synctest bubble starts, and now.
type authority struct {
	certificate *x509.Certificate
	key         *ecdsa.PrivateKey
	pool        *x509.CertPool
	leafKey     *ecdsa.PrivateKey // of all certificates: making one takes time
	serial      atomic.Int64
}

var (
	validFrom  = time.Date(1990, 1, 1, 0, 0, 0, 0, time.UTC)
	validUntil = time.Date(2090, 1, 1, 0, 0, 0, 0, time.UTC)
)

var theAuthority = sync.OnceValue(newAuthority)

func newAuthority() *authority {
	a := &authority{key: newKey(), leafKey: newKey(), pool: x509.NewCertPool()}
	a.serial.Store(1)
	template := &x509.Certificate{
		SerialNumber:          big.NewInt(1),
		Subject:               pkix.Name{CommonName: "networktest authority"},
		NotBefore:             validFrom,
		NotAfter:              validUntil,
		KeyUsage:              x509.KeyUsageCertSign,
		BasicConstraintsValid: true,
		IsCA:                  true,
	}
	a.certificate = parse(sign(template, template, a.key, a.key))
	a.pool.AddCert(a.certificate)
	return a
}

// Certificate returns a server's certificate for these names and IP addresses,
// signed by an authority that is made once and lives as long as the process, and
// the pool with which clients verify it. It serves as a client's certificate,
// too.
func Certificate(names ...string) (tls.Certificate, *x509.CertPool) {
	a := theAuthority()
	template := &x509.Certificate{
		SerialNumber: big.NewInt(a.serial.Add(1)),
		Subject:      pkix.Name{CommonName: "networktest"},
		NotBefore:    validFrom,
		NotAfter:     validUntil,
		KeyUsage:     x509.KeyUsageDigitalSignature,
		ExtKeyUsage:  []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
	for _, name := range names {
		if ip := net.ParseIP(name); ip != nil {
			template.IPAddresses = append(template.IPAddresses, ip)
		} else {
			template.DNSNames = append(template.DNSNames, name)
		}
	}
	der := sign(template, a.certificate, a.leafKey, a.key)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: a.leafKey, Leaf: parse(der)}, a.pool
}

func newKey() *ecdsa.PrivateKey {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic(fmt.Sprintf("networktest: making a key: %v", err))
	}
	return key
}

func sign(template, parent *x509.Certificate, key, parentKey *ecdsa.PrivateKey) []byte {
	der, err := x509.CreateCertificate(rand.Reader, template, parent, &key.PublicKey, parentKey)
	if err != nil {
		panic(fmt.Sprintf("networktest: signing a certificate: %v", err))
	}
	return der
}

func parse(der []byte) *x509.Certificate {
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		panic(fmt.Sprintf("networktest: reading a certificate: %v", err))
	}
	return certificate
}
