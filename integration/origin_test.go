package integration

import (
	"crypto/sha256"
	"encoding/hex"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"testing"
	"time"
)

// startOrigin runs the application behind the real servers: Go's own server,
// which can do what a file server cannot. It returns its address.
//
//	/echo                 the request's body, as it comes in
//	/digest               the SHA-256 of the request's body, in hexadecimal
//	/stream?chunks=&size= chunks of size bytes each, flushed one by one
//	/wait?ms=             an answer after so many milliseconds: the query's id
func startOrigin(t testing.TB) string {
	mux := http.NewServeMux()
	mux.HandleFunc("/echo", echo)
	mux.HandleFunc("/digest", digest)
	mux.HandleFunc("/stream", stream)
	mux.HandleFunc("/wait", wait)
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	return server.Listener.Addr().String()
}

// echo answers while the request is still coming in: a client that reads nothing
// before all was written gets stuck with a body that no buffer on the way holds.
func echo(w http.ResponseWriter, r *http.Request) {
	if err := http.NewResponseController(w).EnableFullDuplex(); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	if r.ContentLength >= 0 {
		w.Header().Set("Content-Length", strconv.FormatInt(r.ContentLength, 10))
	}
	io.Copy(w, r.Body)
}

func digest(w http.ResponseWriter, r *http.Request) {
	sum := sha256.New()
	if _, err := io.Copy(sum, r.Body); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	io.WriteString(w, hex.EncodeToString(sum.Sum(nil)))
}

func stream(w http.ResponseWriter, r *http.Request) {
	chunks, _ := strconv.Atoi(r.FormValue("chunks"))
	size, _ := strconv.Atoi(r.FormValue("size"))
	for i := range chunks {
		w.Write(streamChunk(i, size))
		w.(http.Flusher).Flush()
	}
}

// streamChunk is the chunk of that number, which differs from its neighbours.
func streamChunk(number, size int) []byte {
	chunk := make([]byte, size)
	for i := range chunk {
		chunk[i] = 'a' + byte((number+i)%26)
	}
	return chunk
}

func wait(w http.ResponseWriter, r *http.Request) {
	ms, _ := strconv.Atoi(r.FormValue("ms"))
	select {
	case <-time.After(time.Duration(ms) * time.Millisecond):
		io.WriteString(w, r.FormValue("id"))
	case <-r.Context().Done():
	}
}
