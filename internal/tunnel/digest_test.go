package tunnel

import (
	"strings"
	"testing"
)

// answerTo answers one challenge with a client nonce that is known.
func answerTo(t *testing.T, field, user, password, cnonce, method, target string) map[string]string {
	t.Helper()
	a := newAuthenticator(user, password, true)
	a.newCnonce = func() string { return cnonce }
	if again := a.Challenge([][2]string{{"Proxy-Authenticate", field}}, ""); !again {
		t.Fatalf("%s is not worth an answer", field)
	}
	value, ok := a.Header(method, target)
	if !ok {
		t.Fatalf("no answer to %s", field)
	}
	return parameters(t, value)
}

// parameters are those of Proxy-Authorization: Digest.
func parameters(t *testing.T, value string) map[string]string {
	t.Helper()
	list, err := parseChallenges(value)
	if err != nil || len(list) != 1 || !list[0].is("Digest") || list[0].repeats {
		t.Fatalf("not an answer: %s: %s, %v", value, spell(list), err)
	}
	found := make(map[string]string)
	for _, p := range list[0].params {
		found[p[0]] = p[1]
	}
	return found
}

func wantParameters(t *testing.T, got, want map[string]string) {
	t.Helper()
	for name, value := range want {
		if got[name] != value {
			t.Errorf("%s is %q, want %q", name, got[name], value)
		}
	}
	for name, value := range got {
		if _, wanted := want[name]; !wanted {
			t.Errorf("%s=%q was not wanted", name, value)
		}
	}
}

// RFC 7616 section 3.9.1.
func TestDigestVectors(t *testing.T) {
	for algorithm, response := range map[string]string{
		"MD5":     "8ca523f5e9506fed4657c9700eebdbec",
		"SHA-256": "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1",
	} {
		t.Run(algorithm, func(t *testing.T) {
			got := answerTo(t, `Digest realm="http-auth@example.org", qop="auth, auth-int", algorithm=`+algorithm+
				`, nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"`,
				"Mufasa", "Circle of Life", "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ", "GET", "/dir/index.html")
			wantParameters(t, got, map[string]string{
				"username":  "Mufasa",
				"realm":     "http-auth@example.org",
				"uri":       "/dir/index.html",
				"algorithm": algorithm,
				"nonce":     "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v",
				"nc":        "00000001",
				"cnonce":    "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ",
				"qop":       "auth",
				"response":  response,
				"opaque":    "FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS",
			})
		})
	}
}

// RFC 7616 section 3.9.2, whose user and password are not ASCII. The user's
// hash is that of the RFC's erratum 4897: in the RFC itself it and the response
// were made with another function.
func TestDigestUserhash(t *testing.T) {
	got := answerTo(t, `Digest realm="api@example.org", qop="auth", algorithm=SHA-512-256, nonce="5TsQWLVdgBdmrQ0XsxbDODV+57QdFR34I9HAbC/RVvkK", opaque="HRPCssKJSGjCrkzDg8OhwpzCiGPChXYjwrI2QmXDnsOS", charset=UTF-8, userhash=true`,
		"Jäsøn Doe", "Secret, or not?", "NTg6RKcb9boFIAS3KrFK9BGeh+iDa/sm6jUMp2wds69v", "GET", "/doe.json")
	wantParameters(t, got, map[string]string{
		"username":  "793263caabb707a56211940d90411ea4a575adeccb7e360aeb624ed06ece9b0b",
		"userhash":  "true",
		"realm":     "api@example.org",
		"uri":       "/doe.json",
		"algorithm": "SHA-512-256",
		"nonce":     "5TsQWLVdgBdmrQ0XsxbDODV+57QdFR34I9HAbC/RVvkK",
		"nc":        "00000001",
		"cnonce":    "NTg6RKcb9boFIAS3KrFK9BGeh+iDa/sm6jUMp2wds69v",
		"qop":       "auth",
		"response":  "3798d4131c277846293534c3edc11bd8a5e4cdcbff78b05db9d95eeb1cec68a5",
		"opaque":    "HRPCssKJSGjCrkzDg8OhwpzCiGPChXYjwrI2QmXDnsOS",
	})
}

// RFC 2617 section 3.5: MD5 where the challenge says no algorithm.
func TestDigestWithoutAlgorithm(t *testing.T) {
	got := answerTo(t, `Digest realm="testrealm@host.com", qop="auth,auth-int", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093", opaque="5ccc069c403ebaf9f0171e9517f40e41"`,
		"Mufasa", "Circle Of Life", "0a4f113b", "GET", "/dir/index.html")
	if got["response"] != "6629fae49393a05397450978507c4ef1" {
		t.Errorf("the response is %s", got["response"])
	}
	if _, has := got["algorithm"]; has {
		t.Error("an algorithm is named where the challenge names none")
	}
}

// RFC 2069 section 2.4, with its erratum 749: no qop, and so nothing of ours in it.
func TestDigestWithoutQuality(t *testing.T) {
	got := answerTo(t, `Digest realm="testrealm@host.com", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093", opaque="5ccc069c403ebaf9f0171e9517f40e41"`,
		"Mufasa", "CircleOfLife", "unused", "GET", "/dir/index.html")
	wantParameters(t, got, map[string]string{
		"username": "Mufasa",
		"realm":    "testrealm@host.com",
		"uri":      "/dir/index.html",
		"nonce":    "dcd98b7102dd2f0e8b11d0f600bfb0c093",
		"response": "1949323746fe6a43ef61f9606e7febea",
		"opaque":   "5ccc069c403ebaf9f0171e9517f40e41",
	})
}

// The key of a session is made with the first client nonce, which therefore
// stays; the count goes up. The values were computed from RFC 7616 section
// 3.4.2 with another program.
func TestDigestSession(t *testing.T) {
	a := newAuthenticator("Mufasa", "Circle of Life", true)
	a.newCnonce = func() string { return "abcdef" }
	a.Challenge([][2]string{{"Proxy-Authenticate", `Digest realm="r", qop=auth, algorithm=SHA-256-sess, nonce="n"`}}, "")
	for i, response := range []string{
		"0499ff4c778fed3638732edf04024ce3bc73508957887986aff45b720fa9ac6e",
		"6ea41228ae1fe1f0a8e7be7ffa491b9539b02954c465bcf2af07627a129e8215",
	} {
		value, _ := a.Header("CONNECT", "h:443")
		got := parameters(t, value)
		if got["cnonce"] != "abcdef" || got["algorithm"] != "SHA-256-sess" || got["nc"] != []string{"00000001", "00000002"}[i] {
			t.Errorf("answer %d is %s", i, value)
		}
		if got["response"] != response {
			t.Errorf("response %d is %s, want %s", i, got["response"], response)
		}
	}
}

// Whatever the proxy and the user's name hold, the field can be sent, and says
// what was meant.
func TestDigestQuoting(t *testing.T) {
	got := answerTo(t, `Digest realm="a \"b\" \\c", qop=auth, nonce="n\"1", opaque=""`, `back\slash "quote"`, "p", "c", "GET", `http://h/"?\`)
	for name, want := range map[string]string{"realm": `a "b" \c`, "nonce": `n"1`, "opaque": "", "username": `back\slash "quote"`, "uri": `http://h/"?\`} {
		if value, has := got[name]; !has || value != want {
			t.Errorf("%s is %q, want %q", name, value, want)
		}
	}
	for user, want := range map[string]string{
		"Jäsøn Doe": "UTF-8''J%C3%A4s%C3%B8n%20Doe",
		"a\r\nb":    "UTF-8''a%0D%0Ab",
	} {
		got := answerTo(t, `Digest realm="r", qop=auth, nonce="n"`, user, "p", "c", "GET", "/")
		if _, has := got["username"]; has || got["username*"] != want {
			t.Errorf("the user %q is %q, want %q", user, got["username*"], want)
		}
	}
}

func TestNewDigestRefuses(t *testing.T) {
	for name, field := range map[string]string{
		"no realm":         `Digest nonce="n", qop="auth"`,
		"no nonce":         `Digest realm="r", qop="auth"`,
		"only auth-int":    `Digest realm="r", nonce="n", qop="auth-int"`,
		"empty qop":        `Digest realm="r", nonce="n", qop=""`,
		"unknown hash":     `Digest realm="r", nonce="n", qop="auth", algorithm=SHA-1`,
		"unknown session":  `Digest realm="r", nonce="n", qop="auth", algorithm=-sess-`,
		"nonce said twice": `Digest realm="r", nonce="n", nonce="m", qop="auth"`,
	} {
		list, err := parseChallenges(field)
		if err != nil || len(list) != 1 {
			t.Fatalf("%s: %s, %v", name, spell(list), err)
		}
		if newDigest(list[0]) != nil {
			t.Errorf("%s: %s can be answered", name, field)
		}
	}
}

// Without qop the key of a session still needs the client nonce, which is sent.
func TestDigestSessionWithoutQuality(t *testing.T) {
	got := answerTo(t, `Digest realm="r", nonce="n", algorithm=MD5-sess`, "u", "p", "c", "GET", "/")
	key := hashMD5(hashMD5("u:r:p") + ":n:c")
	if want := hashMD5(key + ":n:" + hashMD5("GET:/")); got["response"] != want || got["cnonce"] != "c" {
		t.Errorf("the answer is %v, want the response %s", got, want)
	}
}

func TestHashNames(t *testing.T) {
	for _, name := range []string{"md5", "MD5-sess", "Sha-256", "SHA-256-SESS", "sha-512-256-sess"} {
		got := answerTo(t, `Digest realm="r", nonce="n", qop=AUTH, algorithm=`+name, "u", "p", "c", "GET", "/")
		if got["algorithm"] != name || strings.Trim(got["response"], "0123456789abcdef") != "" {
			t.Errorf("%s: %v", name, got)
		}
	}
}
