package h1

import "testing"

// RFC 9112 6.3, for all kinds of request and response at once.
func TestFramingOfResponses(t *testing.T) {
	fields := map[string]Framing{
		"":                               untilClose,
		"Content-Length: 7\r\n":          lengthFraming(7),
		"Transfer-Encoding: chunked\r\n": chunkedFraming,
	}
	for _, method := range []string{"GET", "HEAD", "POST", "CONNECT", "OPTIONS"} {
		for _, status := range []string{"100", "101", "103", "199", "200", "201", "204", "205", "299", "301", "304", "404", "500", "999"} {
			for field, want := range fields {
				isEmpty := method == "HEAD" || method == "CONNECT" && status[0] == '2' ||
					status[0] == '1' || status == "204" || status == "304"
				if isEmpty {
					want = Framing{}
				}
				h := parseResponse(t, "HTTP/1.1 "+status+" x\r\n"+field+"\r\n")
				if got, err := h.Framing(method); got != want || err != nil {
					t.Errorf("%s %s %q: %v, %v, want %v", method, status, field, got, err, want)
				}
			}
		}
	}
}

func TestFramingText(t *testing.T) {
	for f, want := range map[Framing]string{
		{}:                        "None",
		{Kind: Length}:            "Length(0)",
		{Kind: Length, Length: 9}: "Length(9)",
		chunkedFraming:            "Chunked",
		untilClose:                "UntilClose",
		{Kind: 9}:                 "FramingKind(9)",
	} {
		if got := f.String(); got != want {
			t.Errorf("%#v: %s", f, got)
		}
	}
	if got := Length.String(); got != "Length" {
		t.Errorf("Length: %s", got)
	}
}
