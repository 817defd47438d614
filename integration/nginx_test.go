package integration

import (
	"bytes"
	"crypto/tls"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"text/template"
)

var nginxProgram = program{name: "nginx", debian: "nginx-light"}

// The files that nginx serves below its root.
const (
	largeFile = "/large.bin" // 1 MiB that does not compress
	textFile  = "/text.txt"  // text that nginx sends with gzip to whoever takes it
	emptyFile = "/empty.txt"
)

// An nginx is a running server. Its fields are base URLs, without the last
// slash, of servers that differ in how they keep connections.
type nginx struct {
	plain     string // keeps connections for long, 1,000 requests each
	secure    string // the same over TLS
	limited   string // closes after 3 requests, with Connection: close
	announced string // closes an idle connection after 1 s, and says Keep-Alive: timeout=1
	silent    string // closes an idle connection after 1 s, and does not say so

	large, text []byte      // the contents of the files
	tls         *tls.Config // trusts the server's certificate

	dir     string
	process *process
}

// A virtualServer is one server block of the configuration.
type virtualServer struct {
	Name       string
	Address    string
	TLS        bool
	Directives []string

	url *string // where its base URL goes
}

// startNginx runs nginx with an origin behind it, until the test ends.
func startNginx(t testing.TB) *nginx {
	t.Helper()
	executable := nginxProgram.require(t)
	ca := newAuthority(t)
	n := &nginx{dir: t.TempDir(), tls: ca.trust()}
	n.writeFiles(t)

	servers := []virtualServer{
		{Name: "plain", url: &n.plain, Directives: []string{"keepalive_timeout 75s", "keepalive_requests 1000"}},
		{Name: "secure", url: &n.secure, TLS: true, Directives: []string{"keepalive_timeout 75s", "keepalive_requests 1000"}},
		{Name: "limited", url: &n.limited, Directives: []string{"keepalive_requests 3"}},
		{Name: "announced", url: &n.announced, Directives: []string{"keepalive_timeout 1s 1s"}},
		{Name: "silent", url: &n.silent, Directives: []string{"keepalive_timeout 1s"}},
	}
	addresses := freeAddresses(t, len(servers))
	for i := range servers {
		servers[i].Address = addresses[i]
		*servers[i].url = "http://" + addresses[i]
		if servers[i].TLS {
			*servers[i].url = "https://" + addresses[i]
		}
	}
	certFile, keyFile := writeFiles(t, n.dir, ca.issue(t))
	config := n.writeConfig(t, map[string]any{
		"Dir":      n.dir,
		"User":     workerUser(),
		"Origin":   startOrigin(t),
		"CertFile": certFile,
		"KeyFile":  keyFile,
		"Servers":  servers,
	})
	n.process = startProcess(t, addresses, executable, "-p", n.dir, "-c", config, "-e", filepath.Join(n.dir, "error.log"))
	t.Cleanup(func() {
		if t.Failed() {
			n.showErrorLog(t)
		}
	})
	return n
}

// workerUser is whom the workers run as. Started by root they would become
// somebody who cannot read the test's directory; started by others, they cannot
// become anybody.
func workerUser() string {
	if os.Geteuid() == 0 {
		return "root"
	}
	return ""
}

func (n *nginx) writeFiles(t testing.TB) {
	t.Helper()
	n.large = make([]byte, 1<<20)
	random := rand.NewChaCha8([32]byte{1})
	random.Read(n.large)
	n.text = []byte(strings.Repeat("All connections are equal, but some are more reused than others.\n", 1000))
	root := filepath.Join(n.dir, "files")
	if err := os.Mkdir(root, 0o755); err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string][]byte{largeFile: n.large, textFile: n.text, emptyFile: nil} {
		if err := os.WriteFile(filepath.Join(root, name), content, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func (n *nginx) writeConfig(t testing.TB, data any) string {
	t.Helper()
	source, err := template.ParseFiles("testdata/nginx.conf.tmpl")
	if err != nil {
		t.Fatal(err)
	}
	var text bytes.Buffer
	if err := source.Execute(&text, data); err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(n.dir, "nginx.conf")
	if err := os.WriteFile(name, text.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
	return name
}

// stop ends nginx before the test does: its access log is complete then. The
// client's connections have to be idle or closed.
func (n *nginx) stop(t testing.TB) {
	t.Helper()
	n.process.stop(t)
}

// A logLine is a request as nginx saw it.
type logLine struct {
	id         string
	status     int
	method     string
	path       string
	port       string
	connection string // a number that no other connection has
	number     int    // of the request on its connection, from 1
	worker     string // the process id
}

// accessLog reads what nginx logged so far. A line is written after the answer:
// the last ones are sure to be there only when nginx has been stopped.
func (n *nginx) accessLog(t testing.TB) []logLine {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(n.dir, "access.log"))
	if err != nil {
		t.Fatal(err)
	}
	var lines []logLine
	for line := range strings.Lines(string(text)) {
		fields := strings.Split(strings.TrimSuffix(line, "\n"), "|")
		if len(fields) != 8 {
			t.Fatalf("a line of the access log has %d fields: %q", len(fields), line)
		}
		status, err := strconv.Atoi(fields[1])
		if err != nil {
			t.Fatalf("access log: %v", err)
		}
		number, err := strconv.Atoi(fields[6])
		if err != nil {
			t.Fatalf("access log: %v", err)
		}
		lines = append(lines, logLine{
			id: fields[0], status: status, method: fields[2], path: fields[3], port: fields[4],
			connection: fields[5], number: number, worker: fields[7],
		})
	}
	return lines
}

func (n *nginx) showErrorLog(t testing.TB) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(n.dir, "error.log"))
	if err != nil {
		t.Log(err)
		return
	}
	const most = 4 << 10
	t.Logf("the end of nginx's error log:\n%s", text[max(0, len(text)-most):])
}
