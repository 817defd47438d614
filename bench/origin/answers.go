package origin

import (
	"bytes"
	"fmt"
	"strconv"
	"time"
)

// The paths that are served.
const (
	PathTiny    = "/tiny"    // 20 bytes
	PathBig     = "/big"     // 64 KiB
	PathChunked = "/chunked" // 64 KiB in chunks of 4 KiB
	PathClose   = "/once"    // 20 bytes, after which the connection is closed
	PathEcho    = "/echo/"   // and the number of bytes that follow the head, which come back
)

// The sizes of what they answer.
const (
	TinySize    = 20
	BigSize     = 64 << 10
	chunkSize   = 4 << 10
	maxEchoSize = 1 << 20
)

// answers holds every answer that is known before the request is. Date is
// theirs to keep: it changes once a second, as that of any server.
type answers struct {
	second               int64
	tiny, once           []byte
	bigHead, chunkedHead []byte
	echoHead             []byte // up to the value of Content-Length
	big, chunked         largeBody
}

// A largeBody is sent by the kernel, where that has it in a file.
type largeBody struct {
	bytes []byte
	file  int // its descriptor, where there is one
}

func newAnswers() *answers {
	a := &answers{big: largeBody{bytes: make([]byte, BigSize)}}
	for i := range a.big.bytes {
		a.big.bytes[i] = "0123456789abcdef"[i%16]
	}
	for rest := a.big.bytes; len(rest) > 0; rest = rest[chunkSize:] {
		a.chunked.bytes = fmt.Appendf(a.chunked.bytes, "%x\r\n%s\r\n", chunkSize, rest[:chunkSize])
	}
	a.chunked.bytes = append(a.chunked.bytes, "0\r\n\r\n"...)
	a.refresh(time.Now())
	return a
}

// refresh makes the answers anew when the second has changed.
func (a *answers) refresh(now time.Time) {
	if now.Unix() == a.second {
		return
	}
	a.second = now.Unix()
	head := func(fields string) []byte {
		return fmt.Appendf(nil, "HTTP/1.1 200 OK\r\nServer: bench\r\nDate: %s\r\nContent-Type: text/plain; charset=utf-8\r\n%s",
			now.UTC().Format("Mon, 02 Jan 2006 15:04:05 GMT"), fields)
	}
	length := func(n int) string { return "Content-Length: " + strconv.Itoa(n) + "\r\n" }
	a.tiny = append(head(length(TinySize)+"\r\n"), a.big.bytes[:TinySize]...)
	a.once = append(head(length(TinySize)+"Connection: close\r\n\r\n"), a.big.bytes[:TinySize]...)
	a.bigHead = head(length(BigSize) + "\r\n")
	a.chunkedHead = head("Transfer-Encoding: chunked\r\n\r\n")
	a.echoHead = head("Content-Length: ")
}

// A reply is what one request gets.
type reply struct {
	size    int    // of the request; 0: it is not all there yet
	bytes   []byte // the answer, its head where body is set, or that of an echo up to its length
	body    *largeBody
	echo    []byte // the body of an echo
	isLast  bool   // the connection is closed behind it
	isWrong bool   // not a request that is served here
}

var endOfHead = []byte("\r\n\r\n")

// to finds the reply to the request that in begins with.
func (a *answers) to(in []byte) reply {
	i := bytes.Index(in, endOfHead)
	if i < 0 {
		return reply{isWrong: len(in) > 16<<10}
	}
	end := i + len(endOfHead)
	path := pathOf(in[:end])
	if len(path) < 2 {
		return reply{isWrong: true}
	}
	switch path[1] {
	case PathTiny[1]:
		return reply{size: end, bytes: a.tiny}
	case PathBig[1]:
		return reply{size: end, bytes: a.bigHead, body: &a.big}
	case PathChunked[1]:
		return reply{size: end, bytes: a.chunkedHead, body: &a.chunked}
	case PathClose[1]:
		return reply{size: end, bytes: a.once, isLast: true}
	case PathEcho[1]:
		n, ok := echoSize(path)
		if !ok {
			return reply{isWrong: true}
		}
		if len(in) < end+n {
			return reply{}
		}
		return reply{size: end + n, bytes: a.echoHead, echo: in[end : end+n]}
	}
	return reply{isWrong: true}
}

// isWhole reports whether bytes is all of the answer.
func (r *reply) isWhole() bool { return r.body == nil && r.echo == nil }

// appendTo appends all of the answer.
func (r *reply) appendTo(out []byte) []byte {
	out = append(out, r.bytes...)
	if r.body != nil {
		return append(out, r.body.bytes...)
	}
	if r.echo != nil {
		out = strconv.AppendInt(out, int64(len(r.echo)), 10)
		out = append(out, endOfHead...)
		out = append(out, r.echo...)
	}
	return out
}

// pathOf is what stands between the first two spaces.
func pathOf(head []byte) []byte {
	from := bytes.IndexByte(head, ' ') + 1
	n := bytes.IndexByte(head[from:], ' ')
	if n < 0 {
		return nil
	}
	return head[from : from+n]
}

func echoSize(path []byte) (int, bool) {
	if len(path) <= len(PathEcho) {
		return 0, false
	}
	n := 0
	for _, c := range path[len(PathEcho):] {
		if c < '0' || c > '9' || n > maxEchoSize {
			return 0, false
		}
		n = n*10 + int(c-'0')
	}
	return n, n <= maxEchoSize
}
