package integration

import (
	"crypto/md5"
	"fmt"
	"net"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

var squidProgram = program{name: "squid", debian: "squid"}

// A squid is a running forward proxy. Its fields are addresses of ports that
// differ in whom they let through.
type squid struct {
	plain  string // anybody
	behind string // anybody; for a server that stands in front of it
	asking string // who has the account

	dir     string
	process *process
}

// squidHelpers are where distributions keep the programs that know passwords.
var squidHelpers = []string{"/usr/lib/squid", "/usr/lib64/squid", "/usr/libexec/squid", "/usr/local/libexec/squid"}

// An authScheme is a way to ask for the account.
type authScheme string

const (
	basic   authScheme = "basic"
	digests authScheme = "digest"
)

// startSquid runs squid until the test ends.
func startSquid(t testing.TB, scheme authScheme) *squid {
	t.Helper()
	executable := squidProgram.require(t)
	s := &squid{dir: sharedDir(t)}
	addresses := freeAddresses(t, 3)
	s.plain, s.behind, s.asking = addresses[0], addresses[1], addresses[2]

	const realm = "squid"
	users := filepath.Join(s.dir, "users")
	helper := filepath.Join(squidHelperDir(t), "basic_ncsa_auth") + " " + users
	line := fmt.Sprintf("%s:%s\n", proxyUser, md5Text(proxyPassword))
	if scheme == digests {
		helper = filepath.Join(squidHelperDir(t), "digest_file_auth") + " -c " + users
		line = fmt.Sprintf("%s:%s:%s\n", proxyUser, realm, md5Text(proxyUser+":"+realm+":"+proxyPassword))
	}
	writeText(t, users, line)
	config := writeTemplate(t, s.dir, "squid.conf.tmpl", map[string]any{
		"Dir":    s.dir,
		"User":   unprivilegedUser(),
		"Scheme": string(scheme),
		"Helper": helper,
		"Realm":  realm,
		"Ports": []map[string]string{
			{"Name": "plain", "Address": s.plain},
			{"Name": "behind", "Address": s.behind},
			{"Name": "asking", "Address": s.asking},
		},
	})
	// The name keeps its shared memory apart from other squids'.
	_, port, _ := net.SplitHostPort(s.plain)
	s.process = startProxy(t, addresses, executable, "-N", "-n", "httpx"+port, "-f", config)
	t.Cleanup(func() {
		if t.Failed() {
			s.showLog(t)
		}
	})
	return s
}

func squidHelperDir(t testing.TB) string {
	t.Helper()
	for _, dir := range squidHelpers {
		if _, err := os.Stat(filepath.Join(dir, "basic_ncsa_auth")); err == nil {
			return dir
		}
	}
	t.Fatalf("squid is installed, but basic_ncsa_auth is in none of %v", squidHelpers)
	return ""
}

func md5Text(s string) string { return fmt.Sprintf("%x", md5.Sum([]byte(s))) }

// unprivilegedUser is whom a server runs as that refuses to run as root. Others
// than root cannot choose.
func unprivilegedUser() string {
	if os.Geteuid() == 0 {
		return "nobody"
	}
	return ""
}

// sharedDir is a temporary directory that the unprivileged user may write to,
// which is not so of a test's own.
func sharedDir(t testing.TB) string {
	t.Helper()
	name := unprivilegedUser()
	if name == "" {
		return t.TempDir()
	}
	dir, err := os.MkdirTemp("", "httpx-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	account, err := user.Lookup(name)
	if err != nil {
		t.Fatal(err)
	}
	uid, err := strconv.Atoi(account.Uid)
	if err != nil {
		t.Fatalf("user %s: %v", name, err)
	}
	if err := os.Chown(dir, uid, -1); err != nil {
		t.Fatal(err)
	}
	return dir
}

// A squidLine is a request as squid saw it.
type squidLine struct {
	port   string // the address that it came to
	client string // the port that it came from: one a connection
	user   string // empty: nobody
	status int
	method string
	target string
}

// log reads what squid logged so far. A request's line comes when it has ended,
// which for CONNECT is when its tunnel has.
func (s *squid) log(t testing.TB) []squidLine {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(s.dir, "access.log"))
	if err != nil {
		t.Fatal(err)
	}
	var lines []squidLine
	for line := range strings.Lines(string(text)) {
		if !strings.HasSuffix(line, "\n") {
			break // is being written
		}
		fields := strings.SplitN(strings.TrimSuffix(line, "\n"), "|", 6)
		if len(fields) != 6 {
			t.Fatalf("a line of the access log has %d fields: %q", len(fields), line)
		}
		status, err := strconv.Atoi(fields[3])
		if err != nil {
			t.Fatalf("access log: %v", err)
		}
		if fields[4] == "-" {
			continue // a connection without a request: whoever looked whether squid listens
		}
		lines = append(lines, squidLine{
			port:   net.JoinHostPort("127.0.0.1", fields[0]),
			client: fields[1],
			user:   strings.TrimPrefix(fields[2], "-"),
			status: status,
			method: fields[4],
			target: fields[5],
		})
	}
	return lines
}

func (s *squid) showLog(t testing.TB) {
	t.Helper()
	for _, name := range []string{"cache.log", "access.log"} {
		text, err := os.ReadFile(filepath.Join(s.dir, name))
		if err != nil {
			t.Log(err)
			continue
		}
		const most = 4 << 10
		t.Logf("the end of squid's %s:\n%s", name, text[max(0, len(text)-most):])
	}
}
