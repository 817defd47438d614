package advise

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strings"
	"testing"
	"time"
)

func TestStudy(t *testing.T) {
	trace := read(t, append(three, `{"kind":"limits","limits":{"max_connections":2,"max_connections_per_origin":2,"max_idle":2}}`)...)
	study := trace.Study()
	var got []string
	for _, sweep := range study.Sweeps {
		text := sweep.Axis.String()
		for _, r := range sweep.Results {
			text += " " + sweep.Axis.Text(sweep.Axis.Value(r.Limits))
		}
		got = append(got, text)
	}
	want := []string{
		"MaxConnections 1 2 4 8",
		"MaxConnectionsPerOrigin 1 2",
		"MaxIdle 0 1 2",
		"IdleTimeout 5.625s 11.25s 22.5s 45s 1m30s 3m0s",
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("it looks at %q, want %q", got, want)
	}
	if study.Enough.Peak != 3 || study.Recorded.Peak != 2 {
		t.Errorf("%d connections are enough, %d were used", study.Enough.Peak, study.Recorded.Peak)
	}
	if again := read(t, append(three, `{"kind":"limits","limits":{"max_connections":2,"max_connections_per_origin":2,"max_idle":2}}`)...).Study(); !reflect.DeepEqual(study.Sweeps, again.Sweeps) {
		t.Error("a second study says other things")
	}
}

func TestAround(t *testing.T) {
	for _, test := range []struct {
		axis     Axis
		recorded int64
		r        Result
		want     string
	}{
		{MaxConnections, 100, Result{Peak: 20}, "[5 10 15 20 100]"},
		{MaxConnections, 100, Result{Peak: 100}, "[25 50 75 100 200 400]"},
		{MaxConnections, -1, Result{Peak: 3}, "[1 2 3 -1]"},
		{MaxConnections, 1, Result{Peak: 1}, "[1 2 4]"},
		{MaxConnectionsPerOrigin, 10, Result{PeakOrigin: 4}, "[1 2 3 4 10]"},
		{MaxIdle, 10, Result{PeakIdle: 0}, "[0 10]"},
		{MaxIdle, 0, Result{PeakIdle: 0}, "[0]"},
		{IdleTimeout, -1, Result{}, "[5625000000 11250000000 22500000000 45000000000 90000000000 180000000000 -1]"},
	} {
		if got := fmt.Sprint(test.axis.around(test.recorded, test.r)); got != test.want {
			t.Errorf("around %s %d: %s, want %s", test.axis, test.recorded, got, test.want)
		}
	}
}

// The limits that follow the one on all connections.
func TestWith(t *testing.T) {
	for _, test := range []struct {
		from, to Limits
		value    int64
	}{
		{Limits{MaxConnections: 10, MaxConnectionsPerOrigin: 10, MaxIdle: 10}, Limits{MaxConnections: 20, MaxConnectionsPerOrigin: 20, MaxIdle: 20}, 20},
		{Limits{MaxConnections: 10, MaxConnectionsPerOrigin: 4, MaxIdle: 0}, Limits{MaxConnections: 20, MaxConnectionsPerOrigin: 4, MaxIdle: 0}, 20},
		{Limits{MaxConnections: 10, MaxConnectionsPerOrigin: 4, MaxIdle: 10}, Limits{MaxConnections: 3, MaxConnectionsPerOrigin: 3, MaxIdle: 3}, 3},
		{Limits{MaxConnections: -1, MaxConnectionsPerOrigin: 4, MaxIdle: -1}, Limits{MaxConnections: 8, MaxConnectionsPerOrigin: 4, MaxIdle: 8}, 8},
		{Limits{MaxConnections: 8, MaxConnectionsPerOrigin: 4, MaxIdle: 8}, Limits{MaxConnections: -1, MaxConnectionsPerOrigin: 4, MaxIdle: -1}, -1},
	} {
		if got := MaxConnections.With(test.from, test.value); got != test.to {
			t.Errorf("%+v with %d is %+v, want %+v", test.from, test.value, got, test.to)
		}
	}
}

func TestGrid(t *testing.T) {
	trace := read(t, three...)
	results, err := trace.Grid(map[Axis][]int64{MaxConnections: {1, 3}, IdleTimeout: {int64(time.Second), -1}})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, r := range results {
		got = append(got, fmt.Sprint(r.Limits.MaxConnections, r.Limits.IdleTimeout, r.Waits.Max))
	}
	if want := "[1 1s 180ms 1 -1ns 180ms 3 1s 10ms 3 -1ns 10ms]"; fmt.Sprint(got) != want {
		t.Errorf("the results are %v, want %s", got, want)
	}
	for _, test := range []struct {
		values map[Axis][]int64
		want   string
	}{
		{map[Axis][]int64{MaxConnections: {0}}, "MaxConnections 0"},
		{map[Axis][]int64{MaxIdle: {-2}}, "MaxIdle -2"},
		{map[Axis][]int64{MaxConnections: make100(), MaxConnectionsPerOrigin: make100()}, "10000 combinations"},
	} {
		if _, err := trace.Grid(test.values); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("the error is %v, want %q", err, test.want)
		}
	}
}

func make100() []int64 {
	values := make([]int64, 100)
	for i := range values {
		values[i] = int64(i + 1)
	}
	return values
}

func TestWriteText(t *testing.T) {
	trace := read(t, append(three, `{"kind":"limits","limits":{"max_connections":1,"max_connections_per_origin":1,"max_idle":1,"idle_timeout":-1}}`, `{"kind":"gap","dropped":1}`)...)
	var b strings.Builder
	if err := trace.Study().WriteText(&b); err != nil {
		t.Fatal(err)
	}
	want := `3 requests to 1 origin in 260ms
MaxConnections 1, MaxConnectionsPerOrigin 1, MaxIdle 1, IdleTimeout none
The recording lost 1 event: what was under way then is not in it.

     MaxConnections  waited   p50    p99    max  refused  dials  evicted  peak   idle  memory
  *               1       3  90ms  180ms  180ms        0      1        0     1     0s     0 B
                  2       3  10ms   80ms   80ms        0      2        0     2  230ms  2264 B
                  4       3  10ms   10ms   10ms        0      3        0     3  450ms  4430 B
`
	if got := b.String(); !strings.HasPrefix(got, want) || !strings.Contains(got, "With MaxConnections 3 and MaxConnectionsPerOrigin 3 nobody") || !strings.HasSuffix(got, legend) {
		t.Errorf("it reads:\n%s\nand should begin with:\n%s", got, want)
	}

	results, err := trace.Grid(map[Axis][]int64{MaxConnections: {1, 2}, IdleTimeout: {-1}})
	if err != nil {
		t.Fatal(err)
	}
	b.Reset()
	if err := trace.WriteGrid(&b, []Axis{MaxConnections, IdleTimeout}, results); err != nil {
		t.Fatal(err)
	}
	want = `
     MaxConnections  IdleTimeout  waited   p50    p99    max  refused  dials  evicted  peak   idle  memory
  *               1         none       3  90ms  180ms  180ms        0      1        0     1     0s     0 B
                  2         none       3  10ms   80ms   80ms        0      2        0     2  230ms  2264 B
`
	if got := b.String(); !strings.Contains(got, want) {
		t.Errorf("it reads:\n%s\nand should contain:\n%s", got, want)
	}
}

func TestWriteSVG(t *testing.T) {
	study := read(t, three...).Study()
	var b strings.Builder
	if err := study.WriteSVG(&b); err != nil {
		t.Fatal(err)
	}
	bars, wanted := 0, 0
	for _, sweep := range study.Sweeps {
		wanted += len(sweep.Results) * len(measures)
	}
	for d := xml.NewDecoder(strings.NewReader(b.String())); ; {
		token, err := d.Token()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if e, ok := token.(xml.StartElement); ok && e.Name.Local == "rect" && strings.HasPrefix(e.Attr[0].Value, "bar") {
			bars++
		}
	}
	if bars != wanted || strings.Contains(b.String(), "NaN") {
		t.Errorf("%d bars, want %d", bars, wanted)
	}
	if got := strings.Count(b.String(), `class="bar recorded"`); got != len(Axes)*len(measures) {
		t.Errorf("%d bars are of what was recorded", got)
	}
}

// Whoever writes is told that it could not be written.
func TestWritingFails(t *testing.T) {
	trace := read(t, three...)
	torn := errors.New("torn")
	r, w := io.Pipe()
	r.CloseWithError(torn)
	for name, err := range map[string]error{
		"text": trace.Study().WriteText(w), "grid": trace.WriteGrid(w, nil, nil), "SVG": trace.Study().WriteSVG(w),
	} {
		if !errors.Is(err, torn) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
