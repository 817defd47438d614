package h1

// Version is a message's protocol version.
type Version struct{ Major, Minor uint8 }

// HTTP11 is the version that this package writes.
var HTTP11 = Version{1, 1}

// String is "HTTP/1.1".
func (v Version) String() string {
	if v == HTTP11 {
		return "HTTP/1.1"
	}
	return string([]byte{'H', 'T', 'T', 'P', '/', '0' + v.Major%10, '.', '0' + v.Minor%10})
}

// AtLeast reports whether v is that version or a later one.
func (v Version) AtLeast(major, minor uint8) bool {
	return v.Major > major || v.Major == major && v.Minor >= minor
}

const versionLength = len("HTTP/1.1")

// parseVersion reads "HTTP/" DIGIT "." DIGIT from the front of s. A minor
// version we do not know is read as the highest that we do (RFC 9110 2.5); a
// major one may mean anything.
func parseVersion(s, where string) (Version, error) {
	if len(s) < versionLength || s[:5] != "HTTP/" || s[6] != '.' ||
		s[5]-'0' > 9 || s[7]-'0' > 9 {
		return Version{}, &Error{Where: where, What: "has no HTTP version", Excerpt: firstLine(s)}
	}
	v := Version{Major: s[5] - '0', Minor: s[7] - '0'}
	if v.Major != 1 {
		return Version{}, &Error{Where: where, What: "is of another major version",
			Excerpt: s[:versionLength], status: 505}
	}
	return v, nil
}
