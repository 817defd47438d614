package integration

import (
	"net"
	"testing"
)

var tinyproxyProgram = program{name: "tinyproxy", debian: "tinyproxy-bin"}

// startTinyproxy runs tinyproxy until the test ends, for anybody or for who has
// the account. With the answer to a request in absolute form it closes the
// connection, and does not say so.
func startTinyproxy(t testing.TB, asksForAccount bool) listener {
	t.Helper()
	executable := tinyproxyProgram.require(t)
	address := freeAddresses(t, 1)[0]
	host, port, _ := net.SplitHostPort(address)
	dir := t.TempDir()
	data := map[string]any{"Dir": dir, "Host": host, "Port": port}
	if asksForAccount {
		data["User"], data["Password"] = proxyUser, proxyPassword
	}
	p := startProxy(t, []string{address}, executable, "-d", "-c", writeTemplate(t, dir, "tinyproxy.conf.tmpl", data))
	return listener{p, address}
}
