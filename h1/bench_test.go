package h1

import (
	"bytes"
	"io"
	"strings"
	"testing"
)

// typicalResponse is a head of six fields and about 200 bytes.
func typicalResponse(second string) string {
	return response(
		"Server: nginx/1.24.0",
		"Date: Tue, 01 Jul 2025 10:00:"+second+" GMT",
		"Content-Type: application/json; charset=utf-8",
		"Content-Length: 20",
		"Connection: keep-alive",
		"Cache-Control: max-age=0",
	)
}

func BenchmarkParseResponse(b *testing.B) {
	blocks := [][]byte{[]byte(typicalResponse("10")), []byte(typicalResponse("11"))}
	b.Run("repeats", func(b *testing.B) { benchmarkParse(b, blocks[:1]) })
	b.Run("differs", func(b *testing.B) { benchmarkParse(b, blocks) })
}

func benchmarkParse(b *testing.B, blocks [][]byte) {
	var h ResponseHead
	var limits Limits
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		if err := h.Parse(blocks[i%len(blocks)], limits); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkHeadEnd(b *testing.B) {
	block := []byte(typicalResponse("10"))
	for b.Loop() {
		if HeadEnd(block, 0) != len(block) {
			b.Fatal("not found")
		}
	}
}

func BenchmarkReader(b *testing.B) {
	chunk := "1000\r\n" + strings.Repeat("x", 4096) + "\r\n"
	for _, c := range []struct {
		name, wire string
	}{
		{"tiny", typicalResponse("10") + strings.Repeat("x", 20)},
		{"64KiB", response("Content-Length: 65536") + strings.Repeat("x", 64<<10)},
		{"64KiB in chunks", chunkedResponse(strings.Repeat(chunk, 16) + "0\r\n\r\n")},
		{"4KiB in small chunks", chunkedResponse(strings.Repeat("10\r\n0123456789abcdef\r\n", 256) + "0\r\n\r\n")},
	} {
		b.Run(c.name, func(b *testing.B) {
			src := strings.NewReader(c.wire)
			r := NewReader(src, Limits{})
			var h ResponseHead
			p := make([]byte, 64<<10)
			b.SetBytes(int64(len(c.wire)))
			b.ReportAllocs()
			for b.Loop() {
				src.Reset(c.wire)
				if err := r.ReadResponse(&h); err != nil {
					b.Fatal(err)
				}
				f, err := h.Framing("GET")
				if err != nil {
					b.Fatal(err)
				}
				r.Begin(f)
				for err == nil {
					_, err = r.Read(p)
				}
				if err != io.EOF {
					b.Fatal(err)
				}
			}
		})
	}
}

var benchmarkFields = [][2]string{
	{"Host", "www.example.com"},
	{"User-Agent", "httpx/0.1"},
	{"Accept", "*/*"},
	{"Accept-Encoding", "gzip, deflate, br"},
}

func BenchmarkAppendRequest(b *testing.B) {
	buf := make([]byte, 0, 1024)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := AppendRequest(buf, "GET", "/some/path?with=query", benchmarkFields); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkWriter(b *testing.B) {
	body := bytes.Repeat([]byte("x"), 16<<10)
	for _, c := range []struct {
		name   string
		body   []byte
		f      Framing
		fields [][2]string
	}{
		{"no body", nil, Framing{}, nil},
		{"16KiB", body, lengthFraming(int64(len(body))), [][2]string{{"Content-Length", "16384"}}},
		{"16KiB chunked", body, chunkedFraming, [][2]string{{"Transfer-Encoding", "chunked"}}},
	} {
		b.Run(c.name, func(b *testing.B) {
			w := NewWriter(io.Discard)
			fields := append(benchmarkFields[:len(benchmarkFields):len(benchmarkFields)], c.fields...)
			b.ReportAllocs()
			for b.Loop() {
				if err := w.WriteRequest("POST", "/", fields, c.f); err != nil {
					b.Fatal(err)
				}
				if _, err := w.Write(c.body); err != nil {
					b.Fatal(err)
				}
				if err := w.Close(nil); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkMachine(b *testing.B) {
	var m Machine
	for b.Loop() {
		m.Event(Client, Request)
		m.Event(Client, End)
		m.Event(Server, Response)
		m.Event(Server, End)
		if err := m.Next(); err != nil {
			b.Fatal(err)
		}
	}
}
