package h1

import "strconv"

// fact is something a field says about the framing of its message or the
// future of its connection.
type fact uint16

const (
	hasLength         fact = 1 << iota // a valid Content-Length
	hasCoding                          // a Transfer-Encoding
	isChunked                          // which is exactly "chunked"
	saysClose                          // Connection: close
	saysKeepAlive                      // Connection: keep-alive
	saysUpgrade                        // Connection: upgrade
	hasUpgrade                         // an Upgrade field
	hasKeepAliveField                  // a Keep-Alive field
	hasHost                            // one Host
	hasManyHosts                       // and another
)

// facts is what one pass over the fields finds, so that Framing and KeepAlive
// need not look at them again.
type facts struct {
	set    fact
	length int64 // with hasLength
}

func (f *facts) has(one fact) bool { return f.set&one != 0 }

// note takes in one field. It returns what is wrong with it, or "". What can
// only be judged by the whole head is left to Framing.
func (f *facts) note(name, value string) (problem string) {
	switch len(name) {
	case len("Host"):
		if isName(name, "Host") {
			if f.has(hasHost) {
				f.set |= hasManyHosts
			}
			f.set |= hasHost
		}
	case len("Upgrade"):
		if isName(name, "Upgrade") {
			f.set |= hasUpgrade
		}
	case len("Connection"): // and of Keep-Alive
		if isName(name, "Connection") {
			f.noteConnection(value)
		} else if isName(name, "Keep-Alive") {
			f.set |= hasKeepAliveField
		}
	case len("Content-Length"):
		if isName(name, "Content-Length") {
			return f.noteLength(value)
		}
	case len("Transfer-Encoding"):
		if isName(name, "Transfer-Encoding") {
			f.noteCoding(value)
		}
	}
	return ""
}

// isName is equalFold for names that mostly come as RFC 9110 spells them.
func isName(name, standard string) bool {
	return name == standard || equalFold(name, standard)
}

func (f *facts) noteConnection(value string) {
	if value == "keep-alive" { // by far the most common
		f.set |= saysKeepAlive
		return
	}
	for value != "" {
		var option string
		option, value = nextItem(value)
		switch {
		case equalFold(option, "close"):
			f.set |= saysClose
		case equalFold(option, "keep-alive"):
			f.set |= saysKeepAlive
		case equalFold(option, "upgrade"):
			f.set |= saysUpgrade
		}
	}
}

// noteLength takes in a Content-Length. A list of one and the same number is
// taken as that number (RFC 9110 8.6); everything else that is not digits, an
// empty member included, could be read in more than one way.
func (f *facts) noteLength(value string) (problem string) {
	for {
		item, rest := nextItem(value)
		n, problem := parseLength(item)
		if problem != "" {
			return problem
		}
		if f.has(hasLength) && n != f.length {
			return "conflicts with another Content-Length"
		}
		f.set |= hasLength
		f.length = n
		if len(item) == len(value) || rest == "" && value[len(value)-1] != ',' {
			return ""
		}
		value = rest
	}
}

// parseLength reads 1*DIGIT. A sign, a blank or a prefix is not forgiven:
// recipients that do forgive them disagree about the result.
func parseLength(s string) (n int64, problem string) {
	if s == "" {
		return 0, "is not a number"
	}
	for i := 0; i < len(s); i++ {
		digit := s[i] - '0'
		if digit > 9 {
			return 0, "is not a number"
		}
		if n > (1<<63-1-int64(digit))/10 {
			return 0, "is too large a number"
		}
		n = n*10 + int64(digit)
	}
	return n, ""
}

// noteCoding takes in a Transfer-Encoding. Only one field that says "chunked"
// and nothing else can be framed here; an empty list member, a parameter or a
// second field is where recipients have been made to disagree.
func (f *facts) noteCoding(value string) {
	if !f.has(hasCoding) && equalFold(value, "chunked") {
		f.set |= isChunked
	} else {
		f.set &^= isChunked
	}
	f.set |= hasCoding
}

// keepsAlive is RFC 9112 9.3.
func (f *facts) keepsAlive(v Version) bool {
	if f.has(saysClose) {
		return false
	}
	return v.AtLeast(1, 1) || f.has(saysKeepAlive)
}

// coded checks the Transfer-Encoding of a message that has one.
func (f *facts) coded(v Version) (Framing, error) {
	const where = `field "Transfer-Encoding"`
	switch {
	case f.has(hasLength):
		// RFC 9112 6.3 item 3: a sign of smuggling, an error to be handled.
		return Framing{}, &Error{Where: where, What: "stands beside Content-Length"}
	case !v.AtLeast(1, 1):
		// RFC 9112 6.1: HTTP/1.0 knows none, its framing is faulty.
		return Framing{}, &Error{Where: where, What: "in an " + v.String() + " message"}
	case !f.has(isChunked):
		return Framing{}, &Error{Where: where, What: "is not exactly chunked", status: 501}
	}
	return Framing{Kind: Chunked}, nil
}

// agreesWith checks that the fields about to be written say what f says. The
// kind None is left to the caller, who knows what kinds of message have it.
func (f *facts) agreesWith(framing Framing) error {
	var what string
	switch {
	case f.has(hasCoding) && f.has(hasLength):
		what = "both Content-Length and Transfer-Encoding"
	case framing.Kind == Length && (f.has(hasCoding) || !f.has(hasLength) || f.length != framing.Length):
		what = "they do not say Content-Length: " + strconv.FormatInt(framing.Length, 10)
	case framing.Kind == Chunked && !f.has(isChunked):
		what = "they do not say Transfer-Encoding: chunked"
	case framing.Kind == UntilClose && f.has(hasCoding|hasLength):
		what = "they give a length to a body that the end of the connection ends"
	default:
		return nil
	}
	return &Error{Where: "fields", What: what}
}
