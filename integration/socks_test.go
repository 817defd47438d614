package integration

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"os/user"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gohttpx/httpx"
)

var (
	microsocksProgram = program{name: "microsocks", debian: "microsocks"}
	danteProgram      = program{name: "danted", debian: "dante-server"}
	nssWrapper        = library{name: "libnss_wrapper.so", debian: "libnss-wrapper"}
)

// startMicrosocks runs microsocks until the test ends, for anybody or for who
// has the account.
func startMicrosocks(t testing.TB, asksForAccount bool) listener {
	t.Helper()
	executable := microsocksProgram.require(t)
	address := freeAddresses(t, 1)[0]
	host, port, _ := net.SplitHostPort(address)
	args := []string{"-i", host, "-p", port}
	if asksForAccount {
		args = append(args, "-u", proxyUser, "-P", proxyPassword)
	}
	return listener{startProxy(t, []string{address}, executable, args...), address}
}

// startDante runs danted until the test ends, for who has the account.
//
// Its accounts are the system's. The system keeps its own: danted is shown
// others.
func startDante(t testing.TB) listener {
	t.Helper()
	executable, wrapper := danteProgram.require(t), nssWrapper.require(t)
	self, err := user.Current()
	if err != nil {
		t.Fatal(err)
	}
	address := freeAddresses(t, 1)[0]
	host, port, _ := net.SplitHostPort(address)
	dir := t.TempDir()
	file := func(name, format string, args ...any) string {
		path := filepath.Join(dir, name)
		writeText(t, path, fmt.Sprintf(format, args...))
		return path
	}
	const hash = "$1$httpx$y5IWLk0JCzeefclE6Go2C1" // of proxyPassword, by crypt(3)
	passwd := file("passwd", "%s:x:%s:%s::/:/bin/false\n%s:x:65000:65000::/:/bin/false\n", self.Username, self.Uid, self.Gid, proxyUser)
	shadow := file("shadow", "%s:*:19000:0:99999:7:::\n%s:%s:19000:0:99999:7:::\n", self.Username, proxyUser, hash)
	group := file("group", "%s:x:%s:\n", self.Username, self.Gid)
	config := writeTemplate(t, dir, "danted.conf.tmpl", map[string]any{"Dir": dir, "Host": host, "Port": port, "Account": self.Username})
	p := startProxy(t, []string{address}, "/usr/bin/env",
		"LD_PRELOAD="+wrapper, "NSS_WRAPPER_PASSWD="+passwd, "NSS_WRAPPER_SHADOW="+shadow, "NSS_WRAPPER_GROUP="+group,
		executable, "-f", config, "-p", filepath.Join(dir, "danted.pid"))
	return listener{p, address}
}

// A library is one that a server needs to be tested, and may or may not be
// installed. scripts/servers installs it too.
type library struct {
	name   string // of the file
	debian string // of the package
}

// require is that of a program.
func (l library) require(t testing.TB) string {
	t.Helper()
	for _, pattern := range []string{"/usr/lib/*/", "/usr/lib/", "/usr/lib64/"} {
		if found, _ := filepath.Glob(pattern + l.name); len(found) > 0 {
			return found[0]
		}
	}
	if os.Getenv(requireVariable) != "" {
		t.Fatalf("%s is not installed and %s is set; scripts/servers installs it (apt-get install %s)", l.name, requireVariable, l.debian)
	}
	t.Skipf("%s is not installed; apt-get install %s, or run scripts/servers", l.name, l.debian)
	return ""
}

// TestSOCKSAccounts asks SOCKS proxies with and without an account, with the
// right one, a wrong one and none.
func TestSOCKSAccounts(t *testing.T) {
	origin := startRecordingOrigin(t, "origin", newAuthority(t))
	wrong := url.UserPassword(proxyUser, "looking-glass")
	servers := []struct {
		name string
		listener
		asks bool
	}{
		{"microsocks", startMicrosocks(t, false), false},
		{"microsocks with accounts", startMicrosocks(t, true), true},
		{"dante with accounts", startDante(t), true},
	}
	for _, server := range servers {
		for _, scheme := range []string{"socks5", "socks5h"} {
			for _, account := range []struct {
				name    string
				user    *url.Userinfo
				isRight bool
			}{{"right", proxyAccount(), true}, {"wrong", wrong, false}, {"none", nil, false}} {
				t.Run(server.name+" "+scheme+" "+account.name, func(t *testing.T) {
					pool := newPool(t, nil)
					response, err := pool.Request(t.Context(), "GET", origin.plain+"/it", via(scheme, server.address, account.user))
					if account.isRight || !server.asks {
						if err != nil {
							t.Fatal(err)
						}
						answer{response, mustBytes(t, response)}.want(t, 200, []byte("origin /it"))
						return
					}
					wantProxyError(t, err, scheme+"://"+server.address)
				})
			}
		}
	}
}

// wantProxyError wants an error of a proxy that names it, and no password.
func wantProxyError(t testing.TB, err error, proxy string) {
	t.Helper()
	if !errors.Is(err, httpx.ErrProxy) {
		t.Fatalf("got the error %v, want one that is ErrProxy", err)
	}
	if !strings.Contains(err.Error(), proxy) {
		t.Errorf("the error does not name %s: %v", proxy, err)
	}
	for _, secret := range []string{proxyPassword, "looking-glass"} {
		if strings.Contains(err.Error(), secret) {
			t.Errorf("the error tells the password: %v", err)
		}
	}
}

func mustBytes(t testing.TB, response *httpx.Response) []byte {
	t.Helper()
	body, err := response.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	return body
}
