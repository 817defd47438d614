package inspect

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
	"text/template"
	"time"
)

// servers are what the pool under view talks to: nginx, plain and TLS, with an
// application behind it, and an HTTP proxy.
type servers struct {
	plain, secure string // base URLs of nginx
	proxy         string // URL of a proxy
	tls           *tls.Config
	app           *application
}

func startServers(t testing.TB) *servers {
	t.Helper()
	executable := nginxProgram.require(t)
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "files"), 0o755); err != nil {
		t.Fatal(err)
	}
	for name, size := range map[string]int{"small.bin": 2 << 10, "large.bin": 300 << 10} {
		if err := os.WriteFile(filepath.Join(dir, "files", name), bytes.Repeat([]byte("x"), size), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	certFile, keyFile, trust := writeCertificate(t, dir)
	app := startApplication(t)
	plain, secure := freeAddress(t), freeAddress(t)

	source, err := template.ParseFiles("testdata/nginx.conf.tmpl")
	if err != nil {
		t.Fatal(err)
	}
	var text bytes.Buffer
	err = source.Execute(&text, map[string]string{
		"Dir": dir, "Plain": plain, "Secure": secure, "Origin": app.address, "CertFile": certFile, "KeyFile": keyFile,
	})
	if err != nil {
		t.Fatal(err)
	}
	config := filepath.Join(dir, "nginx.conf")
	if err := os.WriteFile(config, text.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
	start(t, plain, executable, "-p", dir, "-c", config, "-e", filepath.Join(dir, "error.log"))
	return &servers{
		plain: "http://" + plain, secure: "https://" + secure, tls: trust, app: app,
		proxy: "http://" + startProxy(t),
	}
}

// writeCertificate borrows the certificate that httptest has for 127.0.0.1.
func writeCertificate(t testing.TB, dir string) (certFile, keyFile string, trust *tls.Config) {
	t.Helper()
	server := httptest.NewUnstartedServer(nil)
	server.StartTLS()
	defer server.Close()
	certificate := server.TLS.Certificates[0]
	key, err := x509.MarshalPKCS8PrivateKey(certificate.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	certFile, keyFile = filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	for name, block := range map[string]*pem.Block{
		certFile: {Type: "CERTIFICATE", Bytes: certificate.Certificate[0]},
		keyFile:  {Type: "PRIVATE KEY", Bytes: key},
	} {
		if err := os.WriteFile(name, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	roots := x509.NewCertPool()
	roots.AddCert(server.Certificate())
	return certFile, keyFile, &tls.Config{RootCAs: roots}
}

func freeAddress(t testing.TB) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	return listener.Addr().String()
}

// An application answers behind nginx.
//
//	/wait?ms=  after so many milliseconds
//	/hold      when the test says so
//	/feed      101, then echoes what it is sent
type application struct {
	address string

	mu   sync.Mutex
	free chan struct{} // closed: /hold answers
}

func startApplication(t testing.TB) *application {
	a := &application{free: make(chan struct{})}
	mux := http.NewServeMux()
	mux.HandleFunc("/wait", a.wait)
	mux.HandleFunc("/hold", a.hold)
	mux.HandleFunc("/feed", a.feed)
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	t.Cleanup(a.release)
	a.address = server.Listener.Addr().String()
	return a
}

func (a *application) wait(w http.ResponseWriter, r *http.Request) {
	ms, _ := strconv.Atoi(r.FormValue("ms"))
	time.Sleep(time.Duration(ms) * time.Millisecond)
	w.Write(bytes.Repeat([]byte("x"), 2000))
}

func (a *application) hold(w http.ResponseWriter, r *http.Request) {
	a.mu.Lock()
	free := a.free
	a.mu.Unlock()
	select {
	case <-free:
	case <-r.Context().Done():
	}
}

// release lets what is held go, now.
func (a *application) release() {
	a.mu.Lock()
	defer a.mu.Unlock()
	close(a.free)
	a.free = make(chan struct{})
}

func (a *application) feed(w http.ResponseWriter, r *http.Request) {
	conn, rest, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return
	}
	defer conn.Close()
	io.WriteString(conn, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n")
	io.Copy(conn, rest)
}

// startProxy runs an HTTP proxy that takes a moment for each CONNECT.
func startProxy(t testing.TB) string {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodConnect {
			http.Error(w, "only CONNECT", http.StatusMethodNotAllowed)
			return
		}
		time.Sleep(150 * time.Millisecond)
		there, err := net.Dial("tcp", r.Host)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadGateway)
			return
		}
		defer there.Close()
		conn, rest, err := http.NewResponseController(w).Hijack()
		if err != nil {
			return
		}
		defer conn.Close()
		io.WriteString(conn, "HTTP/1.1 200 OK\r\n\r\n")
		go func() {
			io.Copy(there, rest)
			there.Close()
		}()
		io.Copy(conn, there)
	}))
	t.Cleanup(server.Close)
	return server.Listener.Addr().String()
}
