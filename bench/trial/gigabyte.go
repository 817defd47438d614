//go:build unix

package trial

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/gohttpx/httpx"
	"github.com/gohttpx/httpx/bench/origin"
)

// A Transfer is a large body that went through a Client.
type Transfer struct {
	Bytes  int64
	Wall   time.Duration
	CPU    time.Duration
	Before int64 // resident memory before the request
	Peak   int64 // the most that it was until the end
}

// A GigabyteSpec asks for a download or an upload.
type GigabyteSpec struct {
	Address string
	Bytes   int64
	Upload  bool
}

// MeasureGigabyte moves a large body and watches the memory of the process.
func MeasureGigabyte(spec *GigabyteSpec) (*Transfer, error) {
	c := httpx.NewClient(nil)
	defer c.Close()
	url := "http://" + spec.Address
	// The first request makes what is there for ever.
	if _, err := c.Get(context.Background(), fmt.Sprintf("%s%s%d", url, origin.PathDownload, 1)); err != nil {
		return nil, err
	}
	move := download
	if spec.Upload {
		move = upload
	}
	t := &Transfer{Bytes: spec.Bytes, Before: statusBytes("VmRSS")}
	cpu, err := processorTime()
	if err != nil {
		return nil, err
	}
	start := time.Now()
	if err := move(c, url, spec.Bytes); err != nil {
		return nil, err
	}
	t.Wall = time.Since(start)
	after, err := processorTime()
	t.CPU, t.Peak = after-cpu, statusBytes("VmHWM")
	return t, err
}

func download(c *httpx.Client, url string, n int64) error {
	res, err := c.Stream(context.Background(), "GET", fmt.Sprintf("%s%s%d", url, origin.PathDownload, n))
	if err != nil {
		return err
	}
	defer res.Close()
	got, err := io.Copy(io.Discard, res.Body)
	if err != nil {
		return err
	}
	if res.StatusCode != 200 || got != n {
		return fmt.Errorf("status %d with %d bytes, want 200 with %d", res.StatusCode, got, n)
	}
	return nil
}

func upload(c *httpx.Client, url string, n int64) error {
	res, err := c.Post(context.Background(), url+origin.PathUpload, httpx.Reader(io.LimitReader(zeroes{}, n), n))
	if err != nil {
		return err
	}
	text, err := res.Text()
	if err != nil {
		return err
	}
	if want := fmt.Sprint(n); res.StatusCode != 200 || text != want {
		return fmt.Errorf("status %d, %q arrived, want 200 and %s", res.StatusCode, text, want)
	}
	return nil
}

// zeroes is a source without an end.
type zeroes struct{}

func (zeroes) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}
