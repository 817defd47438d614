package main

import (
	"context"
	"encoding/pem"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestGetWritesTheBody(t *testing.T) {
	origin := newOrigin(t)
	form := filepath.Join(t.TempDir(), "form")
	writeFile(t, form, "a=1\r\n&b=2\n")

	for _, test := range []struct {
		name  string
		args  []string // the last one is a path
		stdin string
		want  string
	}{
		{"plain", []string{"/hello"}, "", "hello\n"},
		{"an error's body", []string{"/missing"}, "", "not here\n"},
		{"decoded", []string{"/gzip"}, "", "unpacked\n"},
		{"not asked to be encoded", []string{"-H", "Accept-Encoding:", "/field?name=Accept-Encoding"}, "", "[]"},
		{"habits of curl", []string{"-fsSL", "--compressed", "/login"}, "", `["who=Ada"]`},
		{"a method", []string{"-X", "OPTIONS", "/echo"}, "", `OPTIONS  ""`},

		{"a field", []string{"-H", "X-Name:  Ada ", "/field?name=X-Name"}, "", `["Ada"]`},
		{"a field twice", []string{"-H", "X-Name: Ada", "-H", "X-Name: Bob", "/field?name=X-Name"}, "", `["Ada" "Bob"]`},
		{"a field without a value", []string{"-H", "X-Name;", "/field?name=X-Name"}, "", `[""]`},
		{"a field left out", []string{"-H", "X-Name:", "/field?name=X-Name"}, "", `[]`},
		{"a usual field replaced", []string{"-H", "accept: text/html", "/field?name=Accept"}, "", `["text/html"]`},
		{"a usual field left out", []string{"-H", "User-Agent:", "/field?name=User-Agent"}, "", `[]`},
		{"user agent", []string{"-A", "me/1", "/field?name=User-Agent"}, "", `["me/1"]`},
		{"credentials", []string{"-u", "Aladdin:open sesame", "/field?name=Authorization"}, "", `["Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="]`},
		{"an empty password", []string{"-u", "Ada:", "/field?name=Authorization"}, "", `["Basic QWRhOg=="]`},
		{"a field of one's own wins", []string{"-u", "a:b", "-H", "Authorization: mine", "/field?name=Authorization"}, "", `["mine"]`},

		{"form data", []string{"-d", "a=1", "-d", "b=2", "/echo"}, "", `POST application/x-www-form-urlencoded "a=1&b=2"`},
		{"empty data", []string{"-d", "", "/echo"}, "", `POST application/x-www-form-urlencoded ""`},
		{"data with a method", []string{"-X", "PUT", "-d", "a", "/echo"}, "", `PUT application/x-www-form-urlencoded "a"`},
		{"a file as a form", []string{"-d", "@" + form, "/echo"}, "", `POST application/x-www-form-urlencoded "a=1&b=2"`},
		{"a file as it is", []string{"--data-binary", "@" + form, "/echo"}, "", `POST application/x-www-form-urlencoded "a=1\r\n&b=2\n"`},
		{"a file and more", []string{"--data-binary", "@" + form, "-d", "c", "/echo"}, "", `POST application/x-www-form-urlencoded "a=1\r\n&b=2\n&c"`},
		{"standard input", []string{"-d", "@-", "/echo"}, "x\ny\n", `POST application/x-www-form-urlencoded "xy"`},
		{"standard input as it is", []string{"--data-binary", "@-", "/echo"}, "x\ny\n", `POST application/x-www-form-urlencoded "x\ny\n"`},
		{"JSON", []string{"--json", `{"a":`, "--json", "1}", "/echo"}, "", `POST application/json "{\"a\":1}"`},
		{"JSON is wanted back", []string{"--json", `1`, "/field?name=Accept"}, "", `["application/json"]`},
		{"a type of one's own", []string{"--json", "1", "-H", "Content-Type: application/ld+json", "/echo"}, "", `POST application/ld+json "1"`},
		{"POST that becomes GET", []string{"-d", "a", "/login"}, "", `["who=Ada"]`},

		{"redirects not followed", []string{"--no-redirect", "/login"}, "", ""},
		{"no redirects, with heads", []string{"--no-redirect", "-i", "/login"}, "", "HTTP/1.1 303 See Other\r\nLocation: /field?name=Cookie\r\nSet-Cookie: who=Ada\r\nDate: DATE\nContent-Length: 0\r\n\r\n"},
		{"heads", []string{"-i", "/login"}, "", "HTTP/1.1 303 See Other\r\nLocation: /field?name=Cookie\r\nSet-Cookie: who=Ada\r\nDate: DATE\nContent-Length: 0\r\n\r\n" +
			"HTTP/1.1 200 OK\r\nDate: DATE\nContent-Length: 11\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n" + `["who=Ada"]`},
		{"HEAD", []string{"-I", "/hello"}, "", "HTTP/1.1 200 OK\r\nDate: DATE\nContent-Length: 6\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n"},
	} {
		t.Run(test.name, func(t *testing.T) {
			last := len(test.args) - 1
			i := &invocation{stdin: test.stdin}
			i.run(t.Context(), append(test.args[:last:last], origin.URL+test.args[last])...)
			i.out = steady(i.out)
			i.want(t, exitOK, test.want)
			if i.err != "" {
				t.Errorf("standard error: %s", i.err)
			}
		})
	}
}

func TestURLsAsPeopleTypeThem(t *testing.T) {
	origin := newOrigin(t)
	host := strings.TrimPrefix(origin.URL, "http://")

	invoke(t, host+"/hello").want(t, exitOK, "hello\n")
	invoke(t, "Ada:l%20ve@"+host+"/field?name=Authorization").want(t, exitOK, `["Basic QWRhOmwgdmU="]`)
	invoke(t, "-u", "a:b", "http://Ada@"+host+"/field?name=Authorization").want(t, exitOK, `["Basic YTpi"]`)
}

func TestExitStatus(t *testing.T) {
	origin, secure := newOrigin(t), newSecureOrigin(t)
	nobody := unusedAddress(t)
	garbage := newRawServer(t, "SSH-2.0-OpenSSH_9.2\r\n\r\n")

	for _, test := range []struct {
		name   string
		args   []string
		status int
		says   []string
	}{
		{"no URL", nil, exitUsage, []string{"one URL", "--help"}},
		{"two URLs", []string{"a", "b"}, exitUsage, []string{"one URL"}},
		{"an unknown option", []string{"--bogus", "a"}, exitUsage, []string{"--bogus"}},
		{"a field without a colon", []string{"-H", "X-Name", origin.URL}, exitUsage, []string{`"X-Name"`, "Name: value"}},
		{"a field that would split the wire", []string{"-H", "X-Name: a\nb: c", origin.URL}, exitUsage, []string{"X-Name"}},
		{"a method that is none", []string{"-X", "GET /", origin.URL}, exitUsage, []string{"method"}},
		{"data of two kinds", []string{"-d", "a", "--json", "1", origin.URL}, exitUsage, []string{"--json"}},
		{"HEAD with data", []string{"-I", "-d", "a", origin.URL}, exitUsage, []string{"--head"}},
		{"standard input twice", []string{"-d", "@-", "-d", "@-", origin.URL}, exitUsage, []string{"standard input"}},
		{"no time", []string{"--max-time", "soon", origin.URL}, exitUsage, []string{"soon", "seconds"}},
		{"no proxy", []string{"-x", "ftp://a", origin.URL}, exitUsage, []string{"ftp"}},
		{"another scheme", []string{"ftp://example.com/"}, exitFailed, []string{"ftp"}},
		{"no host", []string{"http:///path"}, exitBadURL, []string{"no host"}},
		{"no URL at all", []string{"http://a:secret@b:c/"}, exitBadURL, []string{"port"}},
		{"a name that does not exist", []string{"http://no..such.name/"}, exitResolve, []string{"no..such.name"}},
		{"nobody listens", []string{"http://" + nobody}, exitConnect, []string{"connect", nobody}},
		{"no HTTP", []string{"http://" + garbage}, exitBadAnswer, []string{garbage}},
		{"no answer", []string{origin.URL + "/silent"}, exitNoAnswer, []string{"closed"}},
		{"half a body", []string{"-o", os.DevNull, origin.URL + "/broken"}, exitPartial, []string{"body"}},
		{"half a chunked body", []string{"-o", os.DevNull, origin.URL + "/brokenchunks"}, exitPartial, []string{"body"}},
		{"404 with --fail", []string{"-f", origin.URL + "/missing?token=secret"}, exitHTTPError, []string{"GET", "/missing", "404 Not Found"}},
		{"no such file to send", []string{"-d", "@/does/not/exist", origin.URL}, exitReadInput, []string{"/does/not/exist"}},
		{"no such file to send as it is", []string{"--json", "@/does/not/exist", origin.URL}, exitReadInput, []string{"/does/not/exist"}},
		{"nobody to ask for a password", []string{"-u", "Ada", origin.URL}, exitReadInput, []string{"password"}},
		{"no file to write", []string{"-o", "/does/not/exist", origin.URL + "/hello"}, exitWriteOutput, []string{"/does/not/exist"}},
		{"too slow", []string{"--max-time", "0.05", origin.URL + "/stall"}, exitTimeout, []string{"deadline"}},
		{"in circles", []string{origin.URL + "/circle"}, exitRedirects, []string{"too many redirects"}},
		{"not the coding that it says", []string{origin.URL + "/notgzip"}, exitContentCoding, []string{"gzip"}},
		{"a certificate of nobody", []string{secure.URL + "/hello"}, exitCertificate, []string{"x509"}},
		{"TLS where there is none", []string{strings.Replace(origin.URL, "http", "https", 1)}, exitTLS, []string{"TLS"}},
		{"a proxy that is none", []string{"-x", origin.URL, secure.URL}, exitProxy, []string{origin.URL}},
		{"certificates that are none", []string{"--cacert", os.DevNull, secure.URL}, exitReadInput, []string{"certificate"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			i := invoke(t, test.args...)
			i.want(t, test.status, "")
			i.wantComplaint(t, test.says...)
			if strings.Contains(i.err, "secret") {
				t.Errorf("standard error shows a secret: %s", i.err)
			}
		})
	}
}

func TestInterrupt(t *testing.T) {
	ctx, interrupt := context.WithCancel(t.Context())
	defer interrupt()
	file := filepath.Join(t.TempDir(), "file")
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, "half")
		w.(http.Flusher).Flush()
		waitForFile(t, file, "half")
		interrupt() // the user presses Ctrl-C while the body is read
		<-r.Context().Done()
	}))
	defer server.Close()

	i := new(invocation)
	i.run(ctx, "-o", file, server.URL)
	i.want(t, exitInterrupted, "")
	i.wantComplaint(t, "interrupted", file+" holds the first 4 bytes")
}

func TestPasswordIsAskedFor(t *testing.T) {
	origin := newOrigin(t)
	var asked string
	i := &invocation{terminal: terminal{askPassword: func(prompt string) (string, error) {
		asked = prompt
		return "l:ve", nil
	}}}
	i.run(t.Context(), "-u", "Ada", origin.URL+"/field?name=Authorization")
	i.want(t, exitOK, `["Basic QWRhOmw6dmU="]`)
	if asked != "Password for Ada: " {
		t.Errorf("asked %q", asked)
	}
}

func TestCertificates(t *testing.T) {
	origin := newSecureOrigin(t)
	file := filepath.Join(t.TempDir(), "ca.pem")
	writeFile(t, file, string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: origin.Certificate().Raw})))

	invoke(t, "-k", origin.URL+"/hello").want(t, exitOK, "hello\n")
	invoke(t, "--cacert", file, origin.URL+"/hello").want(t, exitOK, "hello\n")
}

func TestCredentialsStayWithTheirOrigin(t *testing.T) {
	origin, other := newOrigin(t), newOrigin(t)
	away := "/elsewhere?to=" + other.URL + "/field?name=Authorization"
	here := "/elsewhere?to=" + origin.URL + "/field?name=Authorization"

	invoke(t, "-u", "a:b", origin.URL+away).want(t, exitOK, "[]")
	invoke(t, "-u", "a:b", origin.URL+here).want(t, exitOK, `["Basic YTpi"]`)
}

func TestProxies(t *testing.T) {
	origin := newOrigin(t)
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, "asked for %s", r.RequestURI)
	}))
	defer proxy.Close()
	address := strings.TrimPrefix(proxy.URL, "http://")

	invoke(t, "-x", proxy.URL, "http://example.com/a").want(t, exitOK, "asked for http://example.com/a")
	invoke(t, "-x", address, "http://example.com/a").want(t, exitOK, "asked for http://example.com/a")
	invoke(t, "-x", proxy.URL, "--noproxy", "example.org,127.0.0.0/8", origin.URL+"/hello").want(t, exitOK, "hello\n")
	// Each hop of a redirect is looked at anew.
	invoke(t, "-x", proxy.URL, "--noproxy", "127.0.0.1", origin.URL+"/elsewhere?to=http://example.com/b").want(t, exitOK, "asked for http://example.com/b")
}

// A chain of proxies is walked in the order in which it was given.
func TestChainOfProxies(t *testing.T) {
	origin := newSecureOrigin(t)
	first, second := newConnectProxy(t), newConnectProxy(t)

	i := invoke(t, "-k", "-x", first.url, "-x", second.url, origin.URL+"/hello")
	i.want(t, exitOK, "hello\n")
	if want := []string{strings.TrimPrefix(second.url, "http://")}; !slices.Equal(first.targets(), want) {
		t.Errorf("the first proxy was asked for %q, want %q", first.targets(), want)
	}
	if want := []string{strings.TrimPrefix(origin.URL, "https://")}; !slices.Equal(second.targets(), want) {
		t.Errorf("the second proxy was asked for %q, want %q", second.targets(), want)
	}
}

func TestNoProxy(t *testing.T) {
	for _, test := range []struct {
		list, url string
		want      bool
	}{
		{"", "http://example.com/", false},
		{"*", "http://example.com/", true},
		{"example.com", "http://example.com:8080/", true},
		{"example.com", "http://EXAMPLE.com./", true},
		{"example.com", "http://www.example.com/", true},
		{".example.com", "http://www.example.com/", true},
		{"example.com", "http://notexample.com/", false},
		{"a.org, Example.com", "http://example.com/", true},
		{"10.0.0.1", "http://10.0.0.1/", true},
		{"10.0.0.0/8", "http://10.1.2.3/", true},
		{"10.0.0.0/8", "http://11.1.2.3/", false},
		{"0.1", "http://10.0.0.1/", false},
		{"::1", "http://[::1]:80/", true},
		{"[::1]", "http://[::1]:80/", true},
	} {
		u, err := parseURL(test.url)
		if err != nil {
			t.Fatal(err)
		}
		if got := parseNoProxy(test.list).match(u); got != test.want {
			t.Errorf("--noproxy %q, %s: %t", test.list, test.url, got)
		}
	}
}

func TestSeconds(t *testing.T) {
	for text, want := range map[string]string{
		"2": "2s", "0.25": "250ms", "1m30s": "1m30s", "0": "",
	} {
		var s seconds
		if err := s.Set(text); err != nil || s.String() != want {
			t.Errorf("%q: %q, %v", text, s.String(), err)
		}
	}
	for _, text := range []string{"", "-1", "-1s", "NaN", "Inf", "1e300", "soon"} {
		var s seconds
		if err := s.Set(text); err == nil {
			t.Errorf("%q is %s", text, s.String())
		}
	}
}

func TestVersionAndHelp(t *testing.T) {
	if i := invoke(t, "--version"); i.status != exitOK || !strings.HasPrefix(i.out, "httpx ") {
		t.Errorf("%d %q", i.status, i.out)
	}
	i := invoke(t, "--help")
	for _, word := range []string{"demo", "--proxy", "Redirects are followed", "exit status"} {
		if !strings.Contains(i.out, word) {
			t.Errorf("the help lacks %q", word)
		}
	}
}

// unusedAddress is one of loopback where nobody listens.
func unusedAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// newRawServer answers everything with the same bytes, and returns its address.
func newRawServer(t *testing.T, answer string) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	t.Cleanup(func() {
		l.Close()
		<-done
	})
	go func() {
		defer close(done)
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			conn.Read(make([]byte, 4<<10))
			conn.Write([]byte(answer))
			conn.Close()
		}
	}()
	return l.Addr().String()
}

func writeFile(t *testing.T, name, text string) {
	t.Helper()
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}
