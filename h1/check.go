package h1

import "strconv"

// CheckMethod returns an [*Error] unless method is a token (RFC 9110 9.1).
func CheckMethod(method string) error {
	if method == "" {
		return &Error{Where: "method", What: "is empty"}
	}
	if bad := firstWithout(method, inToken); bad >= 0 {
		return badByte("method", method[bad], bad)
	}
	return nil
}

// CheckTarget returns an [*Error] if target is empty or holds whitespace or a
// control byte. Bytes 0x80 to 0xff pass, as servers take them too.
func CheckTarget(target string) error {
	if target == "" {
		return &Error{Where: "request target", What: "is empty"}
	}
	if bad := firstWithout(target, inTarget); bad >= 0 {
		return badByte("request target", target[bad], bad)
	}
	return nil
}

// CheckName returns an [*Error] unless name is a token (RFC 9110 5.1).
func CheckName(name string) error {
	if name == "" {
		return &Error{Where: "field name", What: "is empty"}
	}
	if bad := firstWithout(name, inToken); bad >= 0 {
		return badByte("field name "+strconv.QuoteToASCII(excerpt(name)), name[bad], bad)
	}
	return nil
}

// CheckValue returns an [*Error] if value holds CR, LF, NUL or another control
// byte but HTAB (RFC 9110 5.5). Whitespace around it passes: it is no part of
// the value, and is not written.
func CheckValue(value string) error {
	return checkText("field value", value)
}

// CheckField returns an [*Error] that names the field if [CheckName] or
// [CheckValue] would return one.
func CheckField(name, value string) error {
	if name == "" || firstWithout(name, inToken) >= 0 {
		return CheckName(name)
	}
	if bad := badInValue(value); bad >= 0 {
		return badByte("field "+strconv.QuoteToASCII(excerpt(name))+" value", value[bad], bad)
	}
	return nil
}

// CheckReason returns an [*Error] if reason holds what no field value may.
func CheckReason(reason string) error {
	return checkText("reason", reason)
}

// CheckTrailerName returns an [*Error] if name is no field name, or one that
// must not stand in a trailer section (RFC 9110 6.5.1).
func CheckTrailerName(name string) error {
	if err := CheckName(name); err != nil {
		return err
	}
	if isForbiddenTrailer(name) {
		return &Error{Where: "trailer " + strconv.QuoteToASCII(excerpt(name)), What: "must not stand behind a body"}
	}
	return nil
}

func checkStatus(status int) error {
	if status < 100 || status > 999 {
		return &Error{Where: "status", What: strconv.Itoa(status) + " is not from 100 to 999"}
	}
	return nil
}

func checkText(where, s string) error {
	if bad := badInValue(s); bad >= 0 {
		return badByte(where, s[bad], bad)
	}
	return nil
}
