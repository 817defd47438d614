package main

import (
	"compress/gzip"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"testing"
)

// newOrigin serves what the tests ask for.
func newOrigin(t *testing.T) *httptest.Server {
	t.Helper()
	return serve(t, httptest.NewUnstartedServer(originHandler()), plainly)
}

// newSecureOrigin is newOrigin with a certificate that nobody trusts.
func newSecureOrigin(t *testing.T) *httptest.Server {
	t.Helper()
	return serve(t, httptest.NewUnstartedServer(originHandler()), securely)
}

// How a server starts.
var (
	plainly  = (*httptest.Server).Start
	securely = (*httptest.Server).StartTLS
)

func serve(t *testing.T, server *httptest.Server, start func(*httptest.Server)) *httptest.Server {
	server.Config.ErrorLog = log.New(io.Discard, "", 0) // handshakes fail here on purpose
	start(server)
	t.Cleanup(server.Close)
	return server
}

func originHandler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("/hello", func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, "hello\n")
	})
	// What was sent, in a line.
	mux.HandleFunc("/echo", func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		fmt.Fprintf(w, "%s %s %q", r.Method, r.Header.Get("Content-Type"), body)
	})
	// One field of what was sent, by the query.
	mux.HandleFunc("/field", func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, "%q", r.Header.Values(r.URL.Query().Get("name")))
	})
	mux.HandleFunc("/missing", func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusNotFound)
		io.WriteString(w, "not here\n")
	})
	mux.HandleFunc("/login", func(w http.ResponseWriter, r *http.Request) {
		http.SetCookie(w, &http.Cookie{Name: "who", Value: "Ada"})
		w.Header().Set("Location", "/field?name=Cookie")
		w.WriteHeader(http.StatusSeeOther)
	})
	mux.HandleFunc("/elsewhere", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, r.URL.Query().Get("to"), http.StatusFound)
	})
	mux.HandleFunc("/circle", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "/circle", http.StatusFound)
	})
	mux.HandleFunc("/gzip", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		z := gzip.NewWriter(w)
		io.WriteString(z, "unpacked\n")
		z.Close()
	})
	mux.HandleFunc("/notgzip", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		io.WriteString(w, "as it is")
	})
	mux.HandleFunc("/binary", func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, "\x89PNG\x00")
	})
	mux.HandleFunc("/trailers", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Trailer", "Checksum")
		io.WriteString(w, "body\n")
		w.Header().Set("Checksum", "42")
	})
	// Ends inside of its body.
	mux.HandleFunc("/broken", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", "100")
		io.WriteString(w, "half")
		w.(http.Flusher).Flush()
		panic(http.ErrAbortHandler)
	})
	mux.HandleFunc("/brokenchunks", func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, "half")
		w.(http.Flusher).Flush()
		panic(http.ErrAbortHandler)
	})
	mux.HandleFunc("/silent", func(w http.ResponseWriter, r *http.Request) {
		panic(http.ErrAbortHandler)
	})
	mux.HandleFunc("/stall", func(w http.ResponseWriter, r *http.Request) {
		<-r.Context().Done()
	})
	return mux
}
