package nethttp_test

import (
	"crypto/x509"
	"testing"

	"github.com/gohttpx/httpx/internal/leaktest"
	"github.com/gohttpx/httpx/network/networktest"
)

func TestMain(m *testing.M) { leaktest.Main(m) }

// roots holds the authority of the tests' servers.
func roots() *x509.CertPool {
	_, pool := networktest.Certificate("127.0.0.1", "example.com")
	return pool
}
