package nethttp_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gohttpx/httpx"
	"github.com/gohttpx/httpx/nethttp"
	"github.com/gohttpx/httpx/network/networktest"
)

// newClient makes the http.Client of most programs, over a pool.
func newClient(t testing.TB) *http.Client {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &http.Client{Transport: nethttp.RoundTripper(newPool(t)), Jar: jar}
}

func serve(t testing.TB, handler http.HandlerFunc) *httptest.Server {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return server
}

// TestClientRedirects has http.Client follow redirects, with the body sent again
// and cookies kept.
func TestClientRedirects(t *testing.T) {
	server := serve(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		switch r.URL.Path {
		case "/307":
			http.SetCookie(w, &http.Cookie{Name: "seen", Value: "yes", Path: "/"})
			http.Redirect(w, r, "/end", http.StatusTemporaryRedirect)
		case "/303":
			http.Redirect(w, r, "/end", http.StatusSeeOther)
		case "/end":
			cookie := "<none>"
			if c, err := r.Cookie("seen"); err == nil {
				cookie = c.String()
			}
			fmt.Fprintf(w, "%s %q %v %v", r.Method, body, cookie, r.Referer() != "")
		}
	})
	client := newClient(t)
	for _, test := range []struct{ path, want string }{
		{"/303", `GET "" <none> true`},
		{"/307", `POST "body" seen=yes true`},
	} {
		res, err := client.Post(server.URL+test.path, "text/plain", strings.NewReader("body"))
		if err != nil {
			t.Fatal(err)
		}
		if got := finish(t, res); got != test.want {
			t.Errorf("%s: %s, want %s", test.path, got, test.want)
		}
		if got := res.Request.URL.Path; got != "/end" {
			t.Errorf("%s: ended at %s", test.path, got)
		}
	}
}

// TestClientUser has http.Client make a credential of the URL's user.
func TestClientUser(t *testing.T) {
	server := serve(t, func(w http.ResponseWriter, r *http.Request) {
		user, password, _ := r.BasicAuth()
		fmt.Fprint(w, user, ":", password)
	})
	res, err := newClient(t).Get(strings.Replace(server.URL, "http://", "http://me:secret@", 1))
	if err != nil {
		t.Fatal(err)
	}
	if got := finish(t, res); got != "me:secret" {
		t.Errorf("the server saw %q", got)
	}
}

// TestClientTimeout has http.Client.Timeout end the wait and the body.
func TestClientTimeout(t *testing.T) {
	for _, inBody := range []bool{false, true} {
		scripted(t, func(t *testing.T, servers *networktest.Network, rt http.RoundTripper) {
			servers.Handle(host, func(p *networktest.Peer) {
				p.ReadRequest()
				if inBody {
					p.Write("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf")
				}
				p.WaitClosed()
			})
			client := &http.Client{Transport: rt, Timeout: time.Second}
			res, err := client.Get("http://example.com/")
			if inBody {
				if err != nil {
					t.Fatal(err)
				}
				_, err = io.ReadAll(res.Body)
				res.Body.Close()
			}
			var timeout net.Error
			if !errors.As(err, &timeout) || !timeout.Timeout() || !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("error %v, want a timeout", err)
			}
		})
	}
}

// TestClientErrors wants errors beneath *url.Error to be httpx's.
func TestClientErrors(t *testing.T) {
	scripted(t, func(t *testing.T, servers *networktest.Network, rt http.RoundTripper) {
		servers.Refuse(host, nil)
		client := &http.Client{Transport: rt}
		_, err := client.Get("http://example.com/")
		var at *url.Error
		var ours *httpx.Error
		if !errors.As(err, &at) || !errors.As(err, &ours) || ours.Progress != httpx.NotSent || !errors.Is(err, httpx.ErrConnect) {
			t.Errorf("error %#v", err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		_, err = client.Do(newRequest(t, ctx, "GET", "http://example.com/", nil))
		if !errors.Is(err, context.Canceled) || err.(*url.Error).Timeout() {
			t.Errorf("error %v, want that of the context", err)
		}
	})
}

// TestJSON asks and decodes as programs do, by many goroutines at once.
func TestJSON(t *testing.T) {
	type message struct{ Number int }
	server := serve(t, func(w http.ResponseWriter, r *http.Request) {
		var m message
		if err := json.NewDecoder(r.Body).Decode(&m); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		json.NewEncoder(w).Encode(message{m.Number + 1})
	})
	client := newClient(t)
	var asking sync.WaitGroup
	for i := range 64 {
		asking.Go(func() {
			question, _ := json.Marshal(message{i})
			res, err := client.Post(server.URL, "application/json", bytes.NewReader(question))
			if err != nil {
				t.Error(err)
				return
			}
			defer res.Body.Close()
			var m message
			if err := json.NewDecoder(res.Body).Decode(&m); err != nil || m.Number != i+1 {
				t.Errorf("asked %d: %v, %v", i, m, err)
			}
		})
	}
	asking.Wait()
}

// TestFileServer copies a file, a part of it, and what has not changed.
func TestFileServer(t *testing.T) {
	directory := t.TempDir()
	content := strings.Repeat("0123456789abcdef", 64<<10)
	if err := os.WriteFile(filepath.Join(directory, "file.bin"), []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(http.FileServer(http.Dir(directory)))
	defer server.Close()
	client := newClient(t)

	res, err := client.Get(server.URL + "/file.bin")
	if err != nil {
		t.Fatal(err)
	}
	var copied bytes.Buffer
	if n, err := io.Copy(&copied, res.Body); err != nil || n != int64(len(content)) || copied.String() != content {
		t.Errorf("%d bytes, %v", n, err)
	}
	res.Body.Close()

	r := newRequest(t, t.Context(), "GET", server.URL+"/file.bin", nil)
	r.Header.Set("Range", "bytes=10-15")
	if res, err = client.Do(r); err != nil {
		t.Fatal(err)
	}
	if got := finish(t, res); res.StatusCode != 206 || got != "abcdef" {
		t.Errorf("%s, %q", res.Status, got)
	}

	r = newRequest(t, t.Context(), "GET", server.URL+"/file.bin", nil)
	r.Header.Set("If-Modified-Since", res.Header.Get("Last-Modified"))
	if res, err = client.Do(r); err != nil {
		t.Fatal(err)
	}
	if got := finish(t, res); res.StatusCode != 304 || got != "" {
		t.Errorf("%s, %q", res.Status, got)
	}
}

// TestReverseProxy stands between a client and a server: bodies both ways,
// trailers and an upgrade go through it.
func TestReverseProxy(t *testing.T) {
	server := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Upgrade") == "echo" {
			upgradeToEcho(t, w)
			return
		}
		w.Header().Set("Trailer", "Sum")
		body, _ := io.ReadAll(r.Body)
		w.Write(body)
		w.Header().Set("Sum", fmt.Sprint(len(body)))
	})
	to, err := url.Parse(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	proxy := httputil.NewSingleHostReverseProxy(to)
	proxy.Transport = nethttp.RoundTripper(newPool(t))
	front := httptest.NewServer(proxy)
	t.Cleanup(front.Close)
	client := newClient(t)

	r := newRequest(t, t.Context(), "POST", front.URL, unknown("body"))
	res, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	if got := finish(t, res); got != "body" || res.Trailer.Get("Sum") != "4" {
		t.Errorf("%q, trailers %v", got, res.Trailer)
	}

	r = newRequest(t, t.Context(), "GET", front.URL, nil)
	r.Header.Set("Connection", "Upgrade")
	r.Header.Set("Upgrade", "echo")
	if res, err = client.Do(r); err != nil {
		t.Fatal(err)
	}
	stream, ok := res.Body.(io.ReadWriteCloser)
	if !ok {
		t.Fatalf("%s, the body is a %T", res.Status, res.Body)
	}
	talk(t, stream)
}

// upgradeToEcho is the server's side of talk.
func upgradeToEcho(t *testing.T, w http.ResponseWriter) {
	conn, in, err := w.(http.Hijacker).Hijack()
	if err != nil {
		t.Error(err)
		return
	}
	defer conn.Close()
	io.WriteString(conn, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\nhello")
	var said [7]byte
	if _, err := io.ReadFull(in, said[:]); err != nil || string(said[:]) != "and you" {
		t.Errorf("the server heard %q, %v", said, err)
		return
	}
	io.WriteString(conn, "fine")
}

// TestOverEveryFloor sends through a connection, a pool, a client and
// middleware.
func TestOverEveryFloor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		servers := networktest.New(t)
		servers.Handle(host, func(p *networktest.Peer) {
			for {
				r, ok := p.NextRequest()
				if !ok {
					return
				}
				if r.Get("Accept-Encoding") != "gzip" {
					t.Errorf("Accept-Encoding is %q", r.Get("Accept-Encoding"))
				}
				p.Answer(200, zipped("plain"), "Content-Encoding: gzip")
			}
		})
		options := httpx.ConnectionOptions{Backend: servers}
		pool := newPoolWith(t, options)
		connection, err := httpx.OpenConnection(t.Context(), "http://example.com/", &options)
		if err != nil {
			t.Fatal(err)
		}
		defer connection.Close()
		client := httpx.NewClient(&httpx.ClientOptions{Transport: pool})
		for _, transport := range []httpx.Transport{pool, connection, client, httpx.Wrap(pool, pool.Send)} {
			res, err := nethttp.RoundTripper(transport).RoundTrip(newRequest(t, t.Context(), "GET", "http://example.com/", nil))
			if err != nil {
				t.Errorf("%T: %v", transport, err)
				continue
			}
			if got := finish(t, res); got != "plain" || !res.Uncompressed || res.ContentLength != -1 {
				t.Errorf("%T: %q, uncompressed %v, length %d", transport, got, res.Uncompressed, res.ContentLength)
			}
		}
	})
}
