package integration

import (
	"bytes"
	"net/url"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"text/template"
	"time"

	"github.com/gohttpx/httpx"
)

// The account that the proxies know which ask for one. Not every proxy's
// configuration takes every character in a password.
const (
	proxyUser     = "alice"
	proxyPassword = "wonderland"
)

// writeTemplate fills a template of testdata and returns the file it wrote.
func writeTemplate(t testing.TB, dir, source string, data any) string {
	t.Helper()
	parsed, err := template.ParseFiles(filepath.Join("testdata", source))
	if err != nil {
		t.Fatal(err)
	}
	var text bytes.Buffer
	if err := parsed.Execute(&text, data); err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(dir, source[:len(source)-len(".tmpl")])
	writeText(t, name, text.String())
	return name
}

func writeText(t testing.TB, name, text string) {
	t.Helper()
	if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// A listener is a proxy with one port.
type listener struct {
	*process
	address string
}

// startProxy is startProcess for a server that SIGTERM ends cleanly, and that
// takes SIGQUIT, which processes are asked with first, for a question of another
// kind, or for the order to dump its core.
func startProxy(t testing.TB, ready []string, name string, args ...string) *process {
	t.Helper()
	p := startProcess(t, ready, name, args...)
	t.Cleanup(p.terminate)
	return p
}

// endTogether has processes end at the same time, when the test does.
func endTogether(t testing.TB, processes ...*process) {
	t.Cleanup(func() {
		for _, p := range processes {
			p.cmd.Process.Signal(syscall.SIGTERM)
		}
	})
}

// terminate sends SIGTERM, and waits a while.
func (p *process) terminate() {
	if p.hasExited() {
		return
	}
	p.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-p.exited:
	case <-time.After(5 * time.Second):
	}
}

// proxyURL is the URL of a proxy at an address, with the account where it asks
// for one.
func proxyURL(scheme, address string, user *url.Userinfo) *url.URL {
	return &url.URL{Scheme: scheme, Host: address, User: user}
}

func proxyAccount() *url.Userinfo { return url.UserPassword(proxyUser, proxyPassword) }

// via is a route by one proxy of an address.
func via(scheme, address string, user *url.Userinfo) httpx.Route {
	return httpx.Route{{URL: proxyURL(scheme, address, user)}}
}

// eventually asks until the answer is yes, for ten seconds at most: for what
// another process does in its own time.
func eventually(t testing.TB, what string, is func() bool) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); !is(); {
		if time.Now().After(deadline) {
			t.Fatalf("still not so: %s", what)
		}
		<-time.After(5 * time.Millisecond)
	}
}
