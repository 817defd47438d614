package h1

import "strings"

// message is one message and what a Reader must make of it. The tests feed it
// whole, cut at every byte, and interrupted at every byte.
type message struct {
	name    string
	request bool
	method  string // of the request that a response answers; GET where empty
	limits  Limits
	wire    string

	// What is read, where nothing is wrong. The head is in the form of
	// headText; rest is what is left behind the message.
	head     string
	framing  Framing
	body     string
	trailers string // in the form of fieldsText
	rest     string

	// What is wrong: the error has where, and what, in its text.
	where, what string
	status      int // that Error suggests; 400 where 0
}

func (m *message) isBad() bool { return m.where != "" }

// response is a head of 200 with the given field lines.
func response(lines ...string) string {
	return "HTTP/1.1 200 OK\r\n" + strings.Join(lines, "\r\n") + "\r\n\r\n"
}

func request(lines ...string) string {
	return "GET / HTTP/1.1\r\nHost: a\r\n" + strings.Join(lines, "\r\n") + "\r\n\r\n"
}

func chunkedResponse(body string) string {
	return response("Transfer-Encoding: chunked") + body
}

var (
	chunkedFraming = Framing{Kind: Chunked}
	untilClose     = Framing{Kind: UntilClose}
)

func lengthFraming(n int64) Framing { return Framing{Kind: Length, Length: n} }

var goodMessages = []message{
	{
		name: "content-length",
		wire: response("Content-Type: text/plain", "Content-Length: 5") + "hello",
		head: "1.1 200 OK|Content-Type: text/plain|Content-Length: 5", framing: lengthFraming(5), body: "hello",
	},
	{
		name: "content-length 0",
		wire: response("Content-Length: 0"),
		head: "1.1 200 OK|Content-Length: 0", framing: lengthFraming(0),
	},
	{
		name: "bytes behind a body",
		wire: response("Content-Length: 2") + "okHTTP/1.1 500 Extra\r\n",
		head: "1.1 200 OK|Content-Length: 2", framing: lengthFraming(2), body: "ok", rest: "HTTP/1.1 500 Extra\r\n",
	},
	{
		name: "content-length as a list of one number",
		wire: response("Content-Length: 5, 5", "content-length: 05") + "hello",
		head: "1.1 200 OK|Content-Length: 5, 5|content-length: 05", framing: lengthFraming(5), body: "hello",
	},
	{
		name: "until close",
		wire: "HTTP/1.1 200 OK\r\n\r\nall there is",
		head: "1.1 200 OK", framing: untilClose, body: "all there is",
	},
	{
		name: "until close, empty",
		wire: "HTTP/1.1 200 OK\r\n\r\n",
		head: "1.1 200 OK", framing: untilClose,
	},
	{
		name: "http/1.0",
		wire: "HTTP/1.0 404 Not Found\r\nServer: old\r\n\r\nno",
		head: "1.0 404 Not Found|Server: old", framing: untilClose, body: "no",
	},
	{
		name: "a later minor version",
		wire: "HTTP/1.7 200 OK\r\nContent-Length: 1\r\n\r\nx",
		head: "1.7 200 OK|Content-Length: 1", framing: lengthFraming(1), body: "x",
	},
	{
		name: "chunked",
		wire: chunkedResponse("5\r\nhello\r\n7\r\n, world\r\n0\r\n\r\n"),
		head: "1.1 200 OK|Transfer-Encoding: chunked", framing: chunkedFraming, body: "hello, world",
	},
	{
		name: "chunked, empty",
		wire: chunkedResponse("0\r\n\r\n"),
		head: "1.1 200 OK|Transfer-Encoding: chunked", framing: chunkedFraming,
	},
	{
		name: "chunked, in capitals, leading zeros, extensions",
		wire: response("TRANSFER-ENCODING: Chunked") + "00A;x;y=\"1;2\"\r\n0123456789\r\na \t;z\r\nabcdefghij\r\n000;end\r\n\r\n",
		head: "1.1 200 OK|TRANSFER-ENCODING: Chunked", framing: chunkedFraming, body: "0123456789abcdefghij",
	},
	{
		name: "chunked, trailers, bytes behind",
		wire: chunkedResponse("1\r\nx\r\n0\r\nDigest: abc\r\nContent-Length: 9\r\nIf-Match: y\r\nX-Sum:\t7 \r\n\r\nmore"),
		head: "1.1 200 OK|Transfer-Encoding: chunked", framing: chunkedFraming, body: "x",
		trailers: "Digest: abc|X-Sum: 7", rest: "more",
	},
	{
		name: "chunked, forbidden trailers only",
		wire: chunkedResponse("0\r\nTransfer-Encoding: chunked\r\nset-cookie: a=b\r\nContent-Length: no\r\n\r\n"),
		head: "1.1 200 OK|Transfer-Encoding: chunked", framing: chunkedFraming,
	},
	{
		name: "chunked body that looks like framing",
		wire: chunkedResponse("7\r\n\r\n0\r\n\r\n\r\n0\r\n\r\n"),
		head: "1.1 200 OK|Transfer-Encoding: chunked", framing: chunkedFraming, body: "\r\n0\r\n\r\n",
	},
	{
		name: "head answers have no body", method: "HEAD",
		wire: response("Content-Length: 5") + "HTTP",
		head: "1.1 200 OK|Content-Length: 5", rest: "HTTP",
	},
	{
		name: "head answers have no body, whatever they say", method: "HEAD",
		wire: response("Content-Length: 5", "Transfer-Encoding: gzip"),
		head: "1.1 200 OK|Content-Length: 5|Transfer-Encoding: gzip",
	},
	{
		name: "a tunnel", method: "CONNECT",
		wire: "HTTP/1.1 200 Connection established\r\nTransfer-Encoding: chunked\r\n\r\n\x16\x03\x01",
		head: "1.1 200 Connection established|Transfer-Encoding: chunked", rest: "\x16\x03\x01",
	},
	{
		name: "a refused tunnel", method: "CONNECT",
		wire: "HTTP/1.1 407 Auth\r\nContent-Length: 3\r\n\r\nwho",
		head: "1.1 407 Auth|Content-Length: 3", framing: lengthFraming(3), body: "who",
	},
	{
		name: "interim",
		wire: "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\nContent-Length: 7\r\n\r\nHTTP/1.1 200 OK\r\n\r\n",
		head: "1.1 103 Early Hints|Link: </a>|Content-Length: 7", rest: "HTTP/1.1 200 OK\r\n\r\n",
	},
	{
		name: "switching", wire: "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n\x81\x00",
		head: "1.1 101 Switching Protocols|Upgrade: websocket", rest: "\x81\x00",
	},
	{
		name: "204 that speaks of a body", wire: "HTTP/1.1 204 No Content\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\nxyz",
		head: "1.1 204 No Content|Transfer-Encoding: chunked|Content-Length: 3", rest: "xyz",
	},
	{
		name: "304 with the length of what was not sent", wire: "HTTP/1.1 304 Not Modified\r\nContent-Length: 3\r\n\r\n",
		head: "1.1 304 Not Modified|Content-Length: 3",
	},
	{
		name: "empty reason", wire: "HTTP/1.1 200 \r\nContent-Length: 0\r\n\r\n",
		head: "1.1 200 |Content-Length: 0", framing: lengthFraming(0),
	},
	{
		name: "no reason and no space", wire: "HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n",
		head: "1.1 200 |Content-Length: 0", framing: lengthFraming(0),
	},
	{
		name: "reason with spaces, tabs and other bytes", wire: "HTTP/1.1 200  \tsch\xf6n \r\nContent-Length: 0\r\n\r\n",
		head: "1.1 200  \tsch\xf6n |Content-Length: 0", framing: lengthFraming(0),
	},
	{
		name: "a status of no class", wire: "HTTP/1.1 999 Request denied\r\nContent-Length: 0\r\n\r\n",
		head: "1.1 999 Request denied|Content-Length: 0", framing: lengthFraming(0),
	},
	{
		name: "whitespace around values, obs-text, HTAB, empty",
		wire: response("A: \t x \t", "B:y", "C:", "D: ", "E: sch\xc3\xb6n\tund\xff", "!#$%&'*+-.^_`~1aZ: v", "Content-Length: 0"),
		head: "1.1 200 OK|A: x|B: y|C: |D: |E: sch\xc3\xb6n\tund\xff|!#$%&'*+-.^_`~1aZ: v|Content-Length: 0", framing: lengthFraming(0),
	},
	{
		name: "folded",
		wire: response("A: one \r\n \t two\r\n\tthree", "B:\r\n x", "Content-Length: 0"),
		head: "1.1 200 OK|A: one two three|B: x|Content-Length: 0", framing: lengthFraming(0),
	},
	{
		name: "no fields at all", method: "HEAD", wire: "HTTP/1.1 200 OK\r\n\r\n", head: "1.1 200 OK",
	},

	{
		name: "request", request: true,
		wire: "GET /a?b=c HTTP/1.1\r\nHost: example.com\r\nAccept: */*\r\n\r\n",
		head: "GET /a?b=c 1.1|Host: example.com|Accept: */*",
	},
	{
		name: "request with a body", request: true,
		wire: "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nbodyGET",
		head: "POST / 1.1|Host: a|Content-Length: 4", framing: lengthFraming(4), body: "body", rest: "GET",
	},
	{
		name: "request with a chunked body", request: true,
		wire: "PUT * HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nbody\r\n0\r\nT: v\r\n\r\n",
		head: "PUT * 1.1|Host: a|Transfer-Encoding: chunked", framing: chunkedFraming, body: "body", trailers: "T: v",
	},
	{
		name: "request behind an empty line", request: true,
		wire: "\r\nOPTIONS * HTTP/1.1\r\nHost:\r\n\r\n",
		head: "OPTIONS * 1.1|Host: ",
	},
	{
		name: "connect", request: true,
		wire: "CONNECT example.com:443 HTTP/1.1\r\nHost: example.com:443\r\n\r\n\x16\x03",
		head: "CONNECT example.com:443 1.1|Host: example.com:443", rest: "\x16\x03",
	},
	{
		name: "http/1.0 request without host", request: true,
		wire: "GET / HTTP/1.0\r\n\r\n",
		head: "GET / 1.0",
	},
	{
		name: "a method of one's own, a target with raw UTF-8", request: true,
		wire: "M-SEARCH /\xc3\xa9 HTTP/1.1\r\nHost: a\r\n\r\n",
		head: "M-SEARCH /\xc3\xa9 1.1|Host: a",
	},
}

var badMessages = []message{
	// Status lines.
	{name: "another protocol", wire: "SSH-2.0-OpenSSH_9.6\r\n", where: "status line", what: "has no HTTP version"},
	{name: "a TLS alert", wire: "\x15\x03\x01\x00\x02\x02\x16", where: "status line", what: "has no HTTP version"},
	{name: "lower case", wire: "http/1.1 200 OK\r\n\r\n", where: "status line", what: "has no HTTP version"},
	{name: "an empty line first", wire: "\r\nHTTP/1.1 200 OK\r\n\r\n", where: "status line", what: "has no HTTP version"},
	{name: "no minor version", wire: "HTTP/1 200 OK\r\n\r\n", where: "status line", what: "has no HTTP version"},
	{name: "two digits of minor version", wire: "HTTP/1.10 200 OK\r\n\r\n", where: "status line", what: "has no status"},
	{name: "another major version", wire: "HTTP/2.0 200 OK\r\n\r\n", where: "status line", what: "another major version", status: 505},
	{name: "no status", wire: "HTTP/1.1 \r\n\r\n", where: "status line", what: "has no status"},
	{name: "status of two digits", wire: "HTTP/1.1 20 OK\r\n\r\n", where: "status line", what: "has no status"},
	{name: "status of four digits", wire: "HTTP/1.1 2000 OK\r\n\r\n", where: "status line", what: "has no status"},
	{name: "status with a sign", wire: "HTTP/1.1 +20 OK\r\n\r\n", where: "status line", what: "has no status"},
	{name: "status below 100", wire: "HTTP/1.1 099 OK\r\n\r\n", where: "status line", what: "has no status"},
	{name: "two spaces before the status", wire: "HTTP/1.1  200 OK\r\n\r\n", where: "status line", what: "has no status"},
	{name: "a tab before the reason", wire: "HTTP/1.1 200\tOK\r\n\r\n", where: "status line", what: "has no status"},
	{name: "NUL in the reason", wire: "HTTP/1.1 200 O\x00K\r\n\r\n", where: "reason", what: "byte 0x00 at 1"},
	{name: "CR in the reason", wire: "HTTP/1.1 200 O\rK\r\n\r\n", where: "reason", what: "byte 0x0d at 1"},
	{name: "status line ends in LF", wire: "HTTP/1.1 200 OK\nA: b\r\n\r\n", where: "status line", what: "LF without CR"},
	{name: "all lines end in LF", wire: "HTTP/1.1 200 OK\nA: b\n\nbody", where: "status line", what: "LF without CR"},

	// Field lines.
	{name: "a field ends in LF", wire: response("A: b\nContent-Length: 5"), where: `field 1 "A"`, what: "LF without CR"},
	{name: "an empty value ends in LF", wire: response("A:\nB: c"), where: `field 1 "A"`, what: "LF without CR"},
	{name: "the blank line is LF", wire: "HTTP/1.1 200 OK\r\nA: b\r\n\n", where: "field 2", what: "lone CR or LF"},
	{name: "CR CR LF", wire: response("A: b\r"), where: `field 1 "A"`, what: "byte 0x0d at 1"},
	{name: "CR in a value", wire: response("A: b\rContent-Length: 5"), where: `field 1 "A"`, what: "byte 0x0d at 1"},
	{name: "NUL in a value", wire: response("A: long enough\x00b"), where: `field 1 "A"`, what: "byte 0x00 at 11"},
	{name: "DEL in a value", wire: response("A: b\x7f"), where: `field 1 "A"`, what: "byte 0x7f at 1"},
	{name: "whitespace before the colon", wire: response("Content-Length : 5"), where: `field 1 "Content-Length"`, what: "whitespace"},
	{name: "a tab before the colon", wire: response("X: y", "A\t: 5"), where: `field 2 "A"`, what: "whitespace"},
	{name: "empty name", wire: response(": 5"), where: "field 1", what: "name is empty"},
	{name: "no colon", wire: response("A: b", "nothing"), where: `field 2 "nothing"`, what: "without a colon"},
	{name: "a name that is no token", wire: response("A(b): c"), where: `field 1 "A" name`, what: "byte 0x28 at 1"},
	{name: "a name with bytes above ASCII", wire: response("Caf\xe9: c"), where: `field 1 "Caf" name`, what: "byte 0xe9 at 3"},
	{name: "NUL in a name", wire: response("A\x00: c"), where: `field 1 "A" name`, what: "byte 0x00 at 1"},
	{name: "whitespace before the first field", wire: response(" A: b"), where: "field 1", what: "before the first field"},
	{name: "a folded Content-Length", wire: response("Content-Length:\r\n 5"), where: `"Content-Length"`, what: "folded"},
	{name: "a folded Transfer-Encoding", wire: response("Transfer-Encoding:\r\n chunked"), where: `"Transfer-Encoding"`, what: "folded"},
	{name: "folded onto whitespace", wire: response("A: b\r\n \t", "C: d"), where: `field 1 "A"`, what: "a line of whitespace"},
	{name: "folded, NUL behind", wire: response("A: b\r\n c\x00"), where: `field 1 "A"`, what: "byte 0x00 at 3"},
	{name: "folded, LF behind", wire: response("A: b\r\n c\nD: e"), where: `field 1 "A"`, what: "LF without CR"},

	// Framing.
	{name: "lengths conflict in a list", wire: response("Content-Length: 5, 6"), where: `"Content-Length"`, what: "conflicts"},
	{name: "lengths conflict in fields", wire: response("Content-Length: 5", "Content-Length: 6"), where: `field 2 "Content-Length"`, what: "conflicts"},
	{name: "length with a sign", wire: response("Content-Length: +5"), where: `"Content-Length"`, what: "not a number"},
	{name: "negative length", wire: response("Content-Length: -5"), where: `"Content-Length"`, what: "not a number"},
	{name: "hexadecimal length", wire: response("Content-Length: 0x5"), where: `"Content-Length"`, what: "not a number"},
	{name: "empty length", wire: response("Content-Length:"), where: `"Content-Length"`, what: "not a number"},
	{name: "length with an empty member", wire: response("Content-Length: 5,"), where: `"Content-Length"`, what: "not a number"},
	{name: "length with a blank", wire: response("Content-Length: 5 5"), where: `"Content-Length"`, what: "not a number"},
	{name: "length beyond int64", wire: response("Content-Length: 9223372036854775808"), where: `"Content-Length"`, what: "too large a number"},
	{name: "a length that wraps", wire: response("Content-Length: 18446744073709551621"), where: `"Content-Length"`, what: "too large a number"},
	{name: "length and coding", wire: response("Content-Length: 5", "Transfer-Encoding: chunked"), where: `"Transfer-Encoding"`, what: "beside Content-Length"},
	{name: "unknown coding", wire: response("Transfer-Encoding: gzip, chunked"), where: `"Transfer-Encoding"`, what: "not exactly chunked", status: 501},
	{name: "chunked twice", wire: response("Transfer-Encoding: chunked, chunked"), where: `"Transfer-Encoding"`, what: "not exactly chunked", status: 501},
	{name: "chunked in two fields", wire: response("Transfer-Encoding: chunked", "Transfer-Encoding: chunked"), where: `"Transfer-Encoding"`, what: "not exactly chunked", status: 501},
	{name: "chunked, then identity", wire: response("Transfer-Encoding: chunked", "Transfer-Encoding: identity"), where: `"Transfer-Encoding"`, what: "not exactly chunked", status: 501},
	{name: "chunked with an empty member", wire: response("Transfer-Encoding: , chunked"), where: `"Transfer-Encoding"`, what: "not exactly chunked", status: 501},
	{name: "chunked with a parameter", wire: response("Transfer-Encoding: chunked;a=b"), where: `"Transfer-Encoding"`, what: "not exactly chunked", status: 501},
	{name: "empty coding", wire: response("Transfer-Encoding:"), where: `"Transfer-Encoding"`, what: "not exactly chunked", status: 501},
	{name: "chunked in http/1.0", wire: "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", where: `"Transfer-Encoding"`, what: "in an HTTP/1.0 message"},

	// Chunks.
	{name: "empty chunk size", wire: chunkedResponse("\r\nx"), where: "chunk size", what: "does not begin with"},
	{name: "chunk size with a sign", wire: chunkedResponse("+5\r\nhello\r\n"), where: "chunk size", what: "does not begin with"},
	{name: "chunk size with 0x", wire: chunkedResponse("0x5\r\nhello\r\n"), where: "chunk size", what: "byte 0x78 at 1"},
	{name: "chunk size with an underscore", wire: chunkedResponse("1_0\r\n"), where: "chunk size", what: "byte 0x5f at 1"},
	{name: "whitespace before the size", wire: chunkedResponse(" 5\r\nhello\r\n"), where: "chunk size", what: "does not begin with"},
	{name: "whitespace behind the size", wire: chunkedResponse("5 \r\nhello\r\n"), where: "chunk size", what: "whitespace behind it"},
	{name: "whitespace between digits", wire: chunkedResponse("1 0\r\nhello"), where: "chunk size", what: "whitespace behind it"},
	{name: "chunk size beyond int64", wire: chunkedResponse("8000000000000000\r\n"), where: "chunk size", what: "too large a number", status: 413},
	{name: "a chunk size that wraps", wire: chunkedResponse("10000000000000005\r\nhello"), where: "chunk size", what: "too large a number", status: 413},
	{name: "zeros without end", wire: chunkedResponse(strings.Repeat("0", 40)), where: "chunk size", what: "too large a number", status: 413},
	{name: "chunk size ends in LF", wire: chunkedResponse("5\nhello\r\n0\r\n\r\n"), where: "chunk size", what: "byte 0x0a at 1"},
	{name: "chunk size, CR and no LF", wire: chunkedResponse("5\rhello\r\n"), where: "chunk size", what: "CR without LF"},
	{name: "extension ends in LF", wire: chunkedResponse("5;a\nhello\r\n0\r\n\r\n"), where: "chunk extension", what: "byte 0x0a"},
	{name: "NUL in an extension", wire: chunkedResponse("5;\x00\r\nhello\r\n"), where: "chunk extension", what: "byte 0x00"},
	{name: "chunk longer than its size", wire: chunkedResponse("4\r\nhello\r\n0\r\n\r\n"), where: "end of a chunk", what: "byte 0x6f at 0"},
	{name: "chunk ends in LF", wire: chunkedResponse("5\r\nhello\n0\r\n\r\n"), where: "end of a chunk", what: "byte 0x0a at 0"},
	{name: "chunk ends in CR", wire: chunkedResponse("5\r\nhello\r0\r\n\r\n"), where: "end of a chunk", what: "byte 0x30 at 1"},
	{name: "last chunk, then LF", wire: chunkedResponse("0\r\n\n"), where: "trailer 1", what: "lone CR or LF"},
	{name: "last chunk, then CR", wire: chunkedResponse("0\r\n\rx"), where: "trailer 1", what: "lone CR or LF"},
	{name: "a trailer ends in LF", wire: chunkedResponse("0\r\nA: b\n\r\n"), where: `trailer 1 "A"`, what: "LF without CR"},
	{name: "a trailer without a colon", wire: chunkedResponse("0\r\nA\r\n\r\n"), where: `trailer 1 "A"`, what: "without a colon"},
	{name: "a folded trailer", wire: chunkedResponse("0\r\nA: b\r\n c\r\n\r\n"), where: `trailer 1 "A"`, what: "folded"},
	{name: "a trailer before whitespace", wire: chunkedResponse("0\r\n A: b\r\n\r\n"), where: "trailer 1", what: "before the first field"},

	// Limits.
	{name: "head too large", limits: Limits{HeaderBytes: 30}, wire: response("Content-Length: 0"), where: "head", what: "more than 30 bytes", status: 431},
	{name: "too many fields", limits: Limits{Fields: 2}, wire: response("A: b", "C: d", "E: f"), where: "fields", what: "more than 2 field lines", status: 431},
	{name: "trailers too large", limits: Limits{HeaderBytes: 60}, wire: chunkedResponse("0\r\nA: " + strings.Repeat("b", 60) + "\r\n\r\n"), where: "trailers", what: "more than 60 bytes", status: 431},
	{name: "too many trailers", limits: Limits{Fields: 1}, wire: chunkedResponse("0\r\nA: b\r\nC: d\r\n\r\n"), where: "trailers", what: "more than 1 trailer lines", status: 431},
	{name: "too many chunk extensions", limits: Limits{ChunkExtensionBytes: 5}, wire: chunkedResponse("1;abc\r\nx\r\n0;d\r\n\r\n"), where: "chunk extensions", what: "more than 5 bytes", status: 413},

	// Requests.
	{name: "a TLS hello", request: true, wire: "\x16\x03\x01\x02\x00\x01", where: "request line", what: "does not begin with a method"},
	{name: "two empty lines before a request", request: true, wire: "\r\n\r\nGET / HTTP/1.1\r\n\r\n", where: "request line", what: "does not begin with a method"},
	{name: "an LF before a request", request: true, wire: "\nGET / HTTP/1.1\r\n\r\n", where: "request line", what: "does not begin with a method"},
	{name: "a space before a request", request: true, wire: " GET / HTTP/1.1\r\n\r\n", where: "request line", what: "does not begin with a method"},
	{name: "a method that is no token", request: true, wire: "GE(T / HTTP/1.1\r\n\r\n", where: "request line", what: "does not begin with a method"},
	{name: "http/0.9", request: true, wire: "GET /\r\n\r\n", where: "request line", what: "has no HTTP version"},
	{name: "no target", request: true, wire: "GET  HTTP/1.1\r\n\r\n", where: "request line", what: "has no target"},
	{name: "a target with a space", request: true, wire: "GET /a b HTTP/1.1\r\n\r\n", where: "request line", what: "does not end in an HTTP version"},
	{name: "a target with a tab", request: true, wire: "GET /a\tb HTTP/1.1\r\n\r\n", where: "request target", what: "byte 0x09 at 2"},
	{name: "a target with CR", request: true, wire: "GET /\r HTTP/1.1\r\n\r\n", where: "request target", what: "byte 0x0d at 1"},
	{name: "a space behind the version", request: true, wire: "GET / HTTP/1.1 \r\n\r\n", where: "request line", what: "does not end in an HTTP version"},
	{name: "another protocol's version", request: true, wire: "GET / RTSP/1.0\r\n\r\n", where: "request line", what: "has no HTTP version"},
	{name: "http/2's preface", request: true, wire: "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", where: "request line", what: "another major version", status: 505},
	{name: "request line ends in LF", request: true, wire: "GET / HTTP/1.1\nHost: a\r\n\r\n", where: "request line", what: "LF without CR"},
	{name: "no host", request: true, wire: "GET / HTTP/1.1\r\n\r\n", where: `field "Host"`, what: "missing"},
	{name: "two hosts", request: true, wire: request("host: b"), where: `field "Host"`, what: "more than once"},
	{name: "a folded request field", request: true, wire: request("A: b\r\n c"), where: `field 2 "A"`, what: "folded"},
	{name: "request with length and coding", request: true, wire: request("Transfer-Encoding: chunked", "Content-Length: 5"), where: `"Transfer-Encoding"`, what: "beside Content-Length"},
	{name: "request of an unknown coding", request: true, wire: request("Transfer-Encoding: gzip"), where: `"Transfer-Encoding"`, what: "not exactly chunked", status: 501},
	{name: "chunked http/1.0 request", request: true, wire: "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", where: `"Transfer-Encoding"`, what: "in an HTTP/1.0 message"},
}
