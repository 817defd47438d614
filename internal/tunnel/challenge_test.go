package tunnel

import (
	"fmt"
	"strings"
	"testing"
)

// spell writes challenges in one unmistakable way.
func spell(list []challenge) string {
	texts := make([]string, len(list))
	for i, c := range list {
		texts[i] = c.scheme
		if c.token != "" {
			texts[i] += "(" + c.token + ")"
		}
		for _, p := range c.params {
			texts[i] += fmt.Sprintf(" %s=%q", p[0], p[1])
		}
		if c.repeats {
			texts[i] += " repeats"
		}
	}
	return strings.Join(texts, "; ")
}

func TestParseChallenges(t *testing.T) {
	for _, test := range []struct{ in, want string }{
		{``, ``},
		{` , ,, `, ``},
		{`Negotiate`, `Negotiate`},
		{`Negotiate, NTLM`, `Negotiate; NTLM`},
		{`Negotiate oRQwEqADCgEBoQsGCSqGSIb3EgECAg==`, `Negotiate(oRQwEqADCgEBoQsGCSqGSIb3EgECAg==)`},
		{`NTLM TlRMTVNTUAAC/+=, Basic realm="a"`, `NTLM(TlRMTVNTUAAC/+=); Basic realm="a"`},
		{`Basic realm="a"`, `Basic realm="a"`},
		{`Basic realm=a`, `Basic realm="a"`},
		{`Basic realm = "a"`, `Basic realm="a"`},
		{"Basic\trealm\t=\t\"a\"\t", `Basic realm="a"`},
		{`basic REALM="a, b=\"c\", Digest nonce=\\d"`, `basic REALM="a, b=\"c\", Digest nonce=\\d"`},
		{`Basic realm=""`, `Basic realm=""`},
		{`Basic realm="a", charset="UTF-8"`, `Basic realm="a" charset="UTF-8"`},
		{`Basic realm="a",, ,charset="UTF-8",`, `Basic realm="a" charset="UTF-8"`},
		{`Basic, realm="a"`, `Basic realm="a"`},
		{`Digest realm="r", qop="auth, auth-int", nonce="n", stale=TRUE`, `Digest realm="r" qop="auth, auth-int" nonce="n" stale="TRUE"`},
		// The example of RFC 9110 section 11.6.1, and its traps.
		{`Basic realm="simple", Newauth realm="apps", type=1, title="Login to \"apps\""`,
			`Basic realm="simple"; Newauth realm="apps" type="1" title="Login to \"apps\""`},
		{`Newauth realm="apps", type=1, title="Login to \"apps\"", Basic realm="simple"`,
			`Newauth realm="apps" type="1" title="Login to \"apps\""; Basic realm="simple"`},
		{`Digest realm="r",nonce="n",Basic realm="b",Negotiate`, `Digest realm="r" nonce="n"; Basic realm="b"; Negotiate`},
		{`Bearer, Digest realm="r"`, `Bearer; Digest realm="r"`},
		{`Digest realm="a", REALM="b"`, `Digest realm="a" REALM="b" repeats`},
	} {
		list, err := parseChallenges(test.in)
		if got := spell(list); got != test.want || err != nil {
			t.Errorf("%s\n\tgives %s, %v\n\twant  %s", test.in, got, err, test.want)
		}
	}
}

// What is malformed says where, and keeps what stood whole before it.
func TestParseChallengesMalformed(t *testing.T) {
	for _, test := range []struct{ in, want, err string }{
		{`realm="a"`, ``, "a parameter without a scheme at byte 6"},
		{`"a"`, ``, "a name was expected at byte 0"},
		{`=`, ``, "a name was expected at byte 0"},
		{`Basic realm="a`, ``, "the value of a parameter is malformed at byte 12"},
		{`Basic realm="a\`, ``, "the value of a parameter is malformed at byte 12"},
		{`Basic realm=,x=y`, `Basic(realm=)`, "a parameter without a scheme at byte 15"},
		{`Basic realm=a b`, ``, "a comma was expected at byte 14"},
		{`Negotiate, Basic realm="a" nonce="b"`, `Negotiate`, "a comma was expected at byte 27"},
		{`Basic a=b, NTLM abc=, c=d`, `Basic a="b"`, "a parameter without a scheme at byte 24"},
		{`Digest realm="a", {}`, ``, "a name was expected at byte 18"},
	} {
		list, err := parseChallenges(test.in)
		if err == nil {
			t.Errorf("%s: no error, but %s", test.in, spell(list))
			continue
		}
		if !strings.Contains(err.Error(), test.err) || !strings.HasPrefix(test.want, spell(list)) {
			t.Errorf("%s\n\tgives %s, %v\n\twant  %s, %s", test.in, spell(list), err, test.want, test.err)
		}
	}
}

// What is parsed, written again and parsed again, is the same.
func FuzzParseChallenges(f *testing.F) {
	f.Add(`Basic realm="simple", Newauth realm="apps", type=1, title="Login to \"apps\""`)
	f.Add(`Digest realm="r",nonce="n",Basic realm="b",Negotiate abc==, X`)
	f.Add(`a b c=d,,`)
	f.Fuzz(func(t *testing.T, in string) {
		list, err := parseChallenges(in)
		if err != nil {
			return
		}
		var b strings.Builder
		for i, c := range list {
			if i > 0 {
				b.WriteString(", ")
			}
			b.WriteString(c.scheme)
			if c.token != "" {
				b.WriteString(" " + c.token)
			}
			for j, p := range c.params {
				if j > 0 {
					b.WriteByte(',')
				}
				writeQuoted(&b, " "+p[0]+"=", p[1])
			}
		}
		again, err := parseChallenges(b.String())
		if err != nil || spell(again) != spell(list) {
			t.Errorf("%q\n\tis %s,\n\twritten %s\n\tis %s, %v", in, spell(list), b.String(), spell(again), err)
		}
	})
}
