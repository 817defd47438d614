package origin

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
)

// The paths of the server of large bodies.
const (
	PathDownload = "/download/" // and how many bytes
	PathUpload   = "/upload"    // answers how many came
)

// ServeLarge serves bodies of any size, by net/http, until stdin ends.
func ServeLarge(stdin io.Reader, ready func(port int)) error {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	go func() {
		io.Copy(io.Discard, stdin)
		l.Close()
	}()
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+PathDownload+"{size}", func(w http.ResponseWriter, r *http.Request) {
		n, err := strconv.ParseInt(r.PathValue("size"), 10, 64)
		if err != nil || n < 0 {
			http.Error(w, "no size", http.StatusBadRequest)
			return
		}
		w.Header().Set("Content-Length", strconv.FormatInt(n, 10))
		for block := make([]byte, 256<<10); n > 0; {
			m, err := w.Write(block[:min(n, int64(len(block)))])
			if err != nil {
				return
			}
			n -= int64(m)
		}
	})
	mux.HandleFunc("POST "+PathUpload, func(w http.ResponseWriter, r *http.Request) {
		n, err := io.Copy(io.Discard, r.Body)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		fmt.Fprint(w, n)
	})
	ready(l.Addr().(*net.TCPAddr).Port)
	(&http.Server{Handler: mux}).Serve(l) // ends with the listener
	return nil
}
