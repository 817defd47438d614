package h1

import "strconv"

// AppendRequest appends a request's head, in HTTP/1.1: start line, fields,
// blank line. Nothing that could be read as another line gets in: an [*Error]
// names the part that holds it, and dst is returned as it was.
//
// Whether the fields make sense together is the caller's business: see
// [Writer.WriteRequest]. The whitespace around a value is left out.
func AppendRequest(dst []byte, method, target string, fields [][2]string) ([]byte, error) {
	return appendRequest(dst, method, target, fields, nil)
}

// AppendResponse appends a response's head, as AppendRequest does. The reason
// may be empty.
func AppendResponse(dst []byte, status int, reason string, fields [][2]string) ([]byte, error) {
	return appendResponse(dst, status, reason, fields, nil)
}

func appendRequest(dst []byte, method, target string, fields [][2]string, f *facts) ([]byte, error) {
	if err := CheckMethod(method); err != nil {
		return dst, err
	}
	if err := CheckTarget(target); err != nil {
		return dst, err
	}
	start := len(dst)
	dst = append(dst, method...)
	dst = append(dst, ' ')
	dst = append(dst, target...)
	dst = append(dst, " HTTP/1.1\r\n"...)
	return appendFields(dst, start, fields, f)
}

func appendResponse(dst []byte, status int, reason string, fields [][2]string, f *facts) ([]byte, error) {
	if err := checkStatus(status); err != nil {
		return dst, err
	}
	if err := CheckReason(reason); err != nil {
		return dst, err
	}
	start := len(dst)
	dst = append(dst, "HTTP/1.1 "...)
	dst = strconv.AppendInt(dst, int64(status), 10)
	dst = append(dst, ' ') // RFC 9112 4: even where no reason follows
	dst = append(dst, reason...)
	dst = append(dst, "\r\n"...)
	return appendFields(dst, start, fields, f)
}

// appendFields appends the fields and the blank line, and notes them in f where
// that is not nil. On an error dst ends at start again.
func appendFields(dst []byte, start int, fields [][2]string, f *facts) ([]byte, error) {
	for i := range fields {
		name, value := fields[i][0], trimBlanks(fields[i][1])
		if err := CheckField(name, value); err != nil {
			return dst[:start], err
		}
		if f != nil {
			if problem := f.note(name, value); problem != "" {
				return dst[:start], &Error{Where: fieldPlace("field", i+1, name), What: problem, Excerpt: excerpt(value)}
			}
		}
		dst = append(dst, name...)
		dst = append(dst, ": "...)
		dst = append(dst, value...)
		dst = append(dst, "\r\n"...)
	}
	return append(dst, "\r\n"...), nil
}

// AppendChunk appends data as one chunk (RFC 9112 7.1), and nothing where data
// is empty: that chunk would be the last.
func AppendChunk(dst, data []byte) []byte {
	if len(data) == 0 {
		return dst
	}
	dst = appendChunkSize(dst, len(data))
	dst = append(dst, data...)
	return append(dst, "\r\n"...)
}

func appendChunkSize(dst []byte, n int) []byte {
	dst = strconv.AppendUint(dst, uint64(n), 16)
	return append(dst, "\r\n"...)
}

// AppendLastChunk appends the last chunk and the trailers, which ends a chunked
// body. An [*Error] names a trailer that is malformed or forbidden (RFC 9110
// 6.5.1), and dst is returned as it was.
func AppendLastChunk(dst []byte, trailers [][2]string) ([]byte, error) {
	for i := range trailers {
		if err := CheckTrailerName(trailers[i][0]); err != nil {
			return dst, err
		}
	}
	start := len(dst)
	dst = append(dst, "0\r\n"...)
	return appendFields(dst, start, trailers, nil)
}
