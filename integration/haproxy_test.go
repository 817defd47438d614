package integration

import (
	"os"
	"path/filepath"
	"strconv"
	"testing"
)

var haproxyProgram = program{name: "haproxy", debian: "haproxy"}

// startHAProxy runs haproxy until the test ends, which takes TLS off in front of
// proxies: addresses are its own, in the order of those behind it.
func startHAProxy(t testing.TB, ca *authority, behind ...string) (p *process, addresses []string) {
	t.Helper()
	executable := haproxyProgram.require(t)
	dir := t.TempDir()
	certFile, keyFile := writeFiles(t, dir, ca.issue(t))
	addresses = freeAddresses(t, len(behind))
	var fronts []map[string]string
	for i, address := range addresses {
		fronts = append(fronts, map[string]string{"Name": "front" + strconv.Itoa(i), "Address": address, "Behind": behind[i]})
	}
	config := writeTemplate(t, dir, "haproxy.cfg.tmpl", map[string]any{
		"Certificate": joinFiles(t, filepath.Join(dir, "both.pem"), certFile, keyFile),
		"Fronts":      fronts,
	})
	return startProxy(t, addresses, executable, "-db", "-f", config), addresses
}

// joinFiles writes files into one, behind each other.
func joinFiles(t testing.TB, name string, parts ...string) string {
	t.Helper()
	var all []byte
	for _, part := range parts {
		text, err := os.ReadFile(part)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, text...)
	}
	if err := os.WriteFile(name, all, 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}
