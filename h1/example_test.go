package h1_test

import (
	"bytes"
	"fmt"
	"io"
	"log"
	"net"
	"os"
	"strconv"
	"strings"

	"github.com/gohttpx/httpx/h1"
)

// A client and a server on the two ends of a connection.
func Example() {
	near, far := net.Pipe()
	go serve(far)

	w, r := h1.NewWriter(near), h1.NewReader(near, h1.Limits{})
	var head h1.ResponseHead
	for _, target := range []string{"/one", "/two"} {
		fields := [][2]string{{"Host", "www.example.com"}}
		if err := w.WriteRequest("GET", target, fields, h1.Framing{}); err != nil {
			log.Fatal(err)
		}
		if err := w.Close(nil); err != nil {
			log.Fatal(err)
		}
		if err := r.ReadResponse(&head); err != nil {
			log.Fatal(err)
		}
		framing, err := head.Framing("GET")
		if err != nil {
			log.Fatal(err)
		}
		r.Begin(framing)
		body, err := io.ReadAll(r)
		if err != nil {
			log.Fatal(err)
		}
		fmt.Printf("%d %s, %v: %s\n", head.Status, head.Reason, framing, body)
	}
	near.Close()

	// Output:
	// 200 OK, Length(13): you asked one
	// 200 OK, Length(13): you asked two
}

// serve answers requests until the client goes.
func serve(conn net.Conn) {
	defer conn.Close()
	w, r := h1.NewWriter(conn), h1.NewReader(conn, h1.Limits{})
	var head h1.RequestHead
	for {
		if err := r.ReadRequest(&head); err != nil {
			return
		}
		framing, err := head.Framing()
		if err != nil {
			return
		}
		r.Begin(framing)
		if _, err := r.WriteTo(io.Discard); err != nil {
			return
		}

		body := "you asked " + strings.TrimPrefix(head.Target, "/")
		length := h1.Framing{Kind: h1.Length, Length: int64(len(body))}
		fields := [][2]string{{"Content-Length", strconv.Itoa(len(body))}}
		if err := w.WriteResponse(200, "OK", fields, length); err != nil {
			return
		}
		if _, err := io.WriteString(w, body); err != nil {
			return
		}
		if err := w.Close(nil); err != nil || !head.KeepAlive() {
			return
		}
	}
}

func ExampleReader() {
	stream := strings.NewReader("HTTP/1.1 200 OK\r\n" +
		"Transfer-Encoding: chunked\r\n" +
		"\r\n" +
		"7\r\nhello, \r\n" +
		"5\r\nworld\r\n" +
		"0\r\n" +
		"Server-Timing: total;dur=12\r\n" +
		"\r\n")

	r := h1.NewReader(stream, h1.Limits{})
	var head h1.ResponseHead
	if err := r.ReadResponse(&head); err != nil {
		log.Fatal(err)
	}
	framing, err := head.Framing("GET") // of the request that it answers
	if err != nil {
		log.Fatal(err)
	}
	r.Begin(framing)
	body, err := io.ReadAll(r)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(head.Status, head.Reason, framing)
	fmt.Printf("%s\n", body)
	fmt.Println(r.Trailers())

	// Output:
	// 200 OK Chunked
	// hello, world
	// [[Server-Timing total;dur=12]]
}

func ExampleReader_refused() {
	stream := strings.NewReader("HTTP/1.1 200 OK\r\n" +
		"Content-Length: 5\r\n" +
		"Content-Length: 50\r\n" +
		"\r\n")

	r := h1.NewReader(stream, h1.Limits{})
	fmt.Println(r.ReadResponse(new(h1.ResponseHead)))

	// Output:
	// h1: field 2 "Content-Length": conflicts with another Content-Length: "50"
}

func ExampleWriter() {
	var stream bytes.Buffer
	w := h1.NewWriter(&stream)

	fields := [][2]string{
		{"Host", "www.example.com"},
		{"Transfer-Encoding", "chunked"},
	}
	if err := w.WriteRequest("POST", "/log", fields, h1.Framing{Kind: h1.Chunked}); err != nil {
		log.Fatal(err)
	}
	if _, err := io.WriteString(w, "one line"); err != nil {
		log.Fatal(err)
	}
	if err := w.Close([][2]string{{"Digest", "none"}}); err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%q\n", stream.String())

	// Output:
	// "POST /log HTTP/1.1\r\nHost: www.example.com\r\nTransfer-Encoding: chunked\r\n\r\n8\r\none line\r\n0\r\nDigest: none\r\n\r\n"
}

func ExampleAppendRequest() {
	fields := [][2]string{{"Host", "www.example.com"}, {"Accept", "*/*"}}
	head, err := h1.AppendRequest(nil, "GET", "/", fields)
	if err != nil {
		log.Fatal(err)
	}
	os.Stdout.Write(bytes.ReplaceAll(head, []byte("\r"), nil))

	_, err = h1.AppendRequest(nil, "GET", "/", [][2]string{{"Accept", "*/*\r\nX-Injected: yes"}})
	fmt.Println(err)

	// Output:
	// GET / HTTP/1.1
	// Host: www.example.com
	// Accept: */*
	//
	// h1: field "Accept" value: byte 0x0d at 3 is not allowed
}

func ExampleMachine() {
	var m h1.Machine
	m.Event(h1.Client, h1.Request)
	m.ProposeSwitch() // it had Upgrade: websocket
	m.Event(h1.Client, h1.End)
	fmt.Println(m.State(h1.Client), m.State(h1.Server))

	m.Event(h1.Server, h1.SwitchResponse)
	fmt.Println(m.State(h1.Client), m.State(h1.Server))

	fmt.Println(m.Event(h1.Client, h1.Request))

	// Output:
	// MightSwitch SendResponse
	// Switched Switched
	// h1: Request by the client, which is Switched
}
