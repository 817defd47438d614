package main

import (
	"bufio"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"
)

// demoOrigins are the servers of the demo, on loopback.
type demoOrigins struct {
	plain  string // redirects, sets a cookie, switches to the echo protocol
	secure string // the same with TLS
	slow   string // takes its time
	brief  string // does not keep idle connections for long
	proxy  string // opens tunnels

	trust *tls.Config // for who asks secure

	answer  chan struct{} // one receive for each answer of slow's /wait
	servers []*http.Server
	running sync.WaitGroup
}

const (
	slowness  = 50 * time.Millisecond  // of slow
	briefness = 100 * time.Millisecond // of brief's patience
)

func startOrigins() (o *demoOrigins, err error) {
	o = &demoOrigins{answer: make(chan struct{})}
	defer func() {
		if err != nil {
			o.close()
		}
	}()
	ca, err := newAuthority()
	if err != nil {
		return nil, err
	}
	o.trust = ca.client()
	certificate, err := ca.server()
	if err != nil {
		return nil, err
	}
	if o.plain, err = o.start(&http.Server{Handler: o.usual()}); err != nil {
		return nil, err
	}
	if o.secure, err = o.start(&http.Server{Handler: o.usual(), TLSConfig: certificate}); err != nil {
		return nil, err
	}
	if o.slow, err = o.start(&http.Server{Handler: o.slowly()}); err != nil {
		return nil, err
	}
	if o.brief, err = o.start(&http.Server{Handler: o.usual(), IdleTimeout: briefness}); err != nil {
		return nil, err
	}
	o.proxy, err = o.start(&http.Server{Handler: http.HandlerFunc(o.tunnel)})
	return o, err
}

// start serves on a free port and returns the origin's URL.
func (o *demoOrigins) start(server *http.Server) (string, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	origin := "http://" + listener.Addr().String()
	if server.TLSConfig != nil {
		listener = tls.NewListener(listener, server.TLSConfig)
		origin = "https://" + listener.Addr().String()
	}
	server.ErrorLog = log.New(io.Discard, "", 0) // the demo's page is not the place
	o.servers = append(o.servers, server)
	o.running.Go(func() { server.Serve(listener) })
	return origin, nil
}

// close ends the servers, and waits for what they started.
func (o *demoOrigins) close() error {
	var errs []error
	for _, server := range o.servers {
		errs = append(errs, server.Close())
	}
	o.running.Wait()
	return errors.Join(errs...)
}

// usual answers as most sites do.
func (o *demoOrigins) usual() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("/{$}", func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, "hello\n")
	})
	mux.HandleFunc("/chunked", func(w http.ResponseWriter, r *http.Request) {
		for _, piece := range []string{"one ", "two ", "three"} {
			io.WriteString(w, piece)
			w.(http.Flusher).Flush()
		}
	})
	mux.HandleFunc("/login", func(w http.ResponseWriter, r *http.Request) {
		http.SetCookie(w, &http.Cookie{Name: "name", Value: "Ada"})
		http.Redirect(w, r, "/greeting", http.StatusSeeOther)
	})
	mux.HandleFunc("/greeting", func(w http.ResponseWriter, r *http.Request) {
		name := "stranger"
		if c, err := r.Cookie("name"); err == nil {
			name = c.Value
		}
		fmt.Fprintf(w, "hello, %s", name)
	})
	mux.HandleFunc("/shout", o.shout)
	mux.HandleFunc("/feed", o.feed)
	return mux
}

// slowly answers late, or when it is told to.
func (o *demoOrigins) slowly() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("/{$}", func(w http.ResponseWriter, r *http.Request) {
		select {
		case <-time.After(slowness):
		case <-r.Context().Done():
		}
	})
	mux.HandleFunc("/wait", func(w http.ResponseWriter, r *http.Request) {
		select {
		case <-o.answer:
		case <-r.Context().Done():
		}
	})
	return mux
}

// shout switches to a protocol of lines, each of which comes back in capitals.
func (o *demoOrigins) shout(w http.ResponseWriter, r *http.Request) {
	if r.Header.Get("Upgrade") != "shout" {
		w.Header().Set("Upgrade", "shout")
		w.WriteHeader(http.StatusUpgradeRequired)
		return
	}
	conn, buffered, err := w.(http.Hijacker).Hijack()
	if err != nil {
		return
	}
	// The connection is the handler's own now, and close waits for it.
	o.running.Go(func() {
		defer conn.Close()
		io.WriteString(conn, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: shout\r\nConnection: Upgrade\r\n\r\n")
		for lines := bufio.NewScanner(buffered); lines.Scan(); {
			if _, err := io.WriteString(conn, strings.ToUpper(lines.Text())+"\n"); err != nil {
				return
			}
		}
	})
}
