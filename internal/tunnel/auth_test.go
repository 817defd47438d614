package tunnel

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/gohttpx/httpx/network/networktest"
)

const (
	basicUserPass = "Basic dXNlcjpwYXNz" // user:pass
	wantsBasic    = `Proxy-Authenticate: Basic realm="r"`
	wantsDigest   = `Proxy-Authenticate: Digest realm="r", qop="auth", nonce="%s"`
	isStale       = `Proxy-Authenticate: Digest realm="r", qop="auth", nonce="%s", stale=true`
)

// A gate is an HTTP proxy that answers with one line of its list after another,
// over all connections: "407 keep field…", "407 close field…" or "200". It notes
// the credentials that it got, Digest as "nonce/nc".
type gate struct {
	t       *testing.T
	answers []string

	mu  sync.Mutex
	got []string
}

func (g *gate) serve(p *networktest.Peer) {
	for {
		request, ok := p.NextRequest()
		if !ok {
			return
		}
		answer, ok := g.next(request.Get("Proxy-Authorization"))
		if !ok {
			g.t.Errorf("the proxy was asked %d times: %q", len(g.got), g.got)
			return
		}
		if answer == "200" {
			p.Write(established)
			echo(p)
			return
		}
		how, fields, _ := strings.Cut(strings.TrimPrefix(answer, "407 "), " ")
		lines := strings.Split(fields, "\n")
		if how == "close" {
			p.Answer(407, "who are you?", append(lines, "Connection: close")...)
			return
		}
		p.Answer(407, "who are you?", lines...)
	}
}

func (g *gate) next(value string) (string, bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.got = append(g.got, g.short(value))
	if len(g.answers) == 0 {
		return "", false
	}
	answer := g.answers[0]
	g.answers = g.answers[1:]
	return answer, true
}

// short is the value, Digest by nonce and count. Its response was right.
func (g *gate) short(value string) string {
	if !strings.HasPrefix(value, "Digest ") {
		return value
	}
	got := parameters(g.t, value)
	d := digest{hash: hashMD5, realm: got["realm"], nonce: got["nonce"], qop: true, cnonce: got["cnonce"]}
	if want := d.response("user", "pass", "CONNECT", target, got["nc"]); got["response"] != want || got["uri"] != target {
		g.t.Errorf("the answer %s is wrong: want the response %s", value, want)
	}
	return got["nonce"] + "/" + strings.TrimLeft(got["nc"], "0")
}

func keeping(format string, args ...any) string { return "407 keep " + fmt.Sprintf(format, args...) }
func closing(format string, args ...any) string { return "407 close " + fmt.Sprintf(format, args...) }

// What a proxy answers, what it gets, and how the walk ends.
func TestProxyAuthentication(t *testing.T) {
	for name, test := range map[string]struct {
		anonymous bool
		answers   []string
		got       []string
		text      string // of the error; empty: the walk succeeds
	}{
		"Basic goes at once": {
			answers: []string{"200"},
			got:     []string{basicUserPass},
		},
		"nothing to say": {
			anonymous: true,
			answers:   []string{keeping(wantsBasic)},
			got:       []string{""},
			text:      "407 Proxy Authentication Required: Basic is wanted, and there are no credentials: \"who are you?\"",
		},
		"Basic refused": {
			answers: []string{keeping(wantsBasic)},
			got:     []string{basicUserPass},
			text:    "the credentials were refused",
		},
		"Digest": {
			answers: []string{keeping(wantsDigest, "a"), "200"},
			got:     []string{basicUserPass, "a/1"},
		},
		"Digest on a new connection": {
			answers: []string{closing(wantsDigest, "a"), "200"},
			got:     []string{basicUserPass, "a/1"},
		},
		"Digest refused": {
			answers: []string{keeping(wantsDigest, "a"), keeping(wantsDigest, "b")},
			got:     []string{basicUserPass, "a/1"},
			text:    "the credentials were refused",
		},
		"Digest refused, each on its connection": {
			answers: []string{closing(wantsDigest, "a"), closing(wantsDigest, "b")},
			got:     []string{basicUserPass, "a/1"},
			text:    "the credentials were refused",
		},
		"stale": {
			answers: []string{keeping(wantsDigest, "a"), keeping(isStale, "b"), "200"},
			got:     []string{basicUserPass, "a/1", "b/1"},
		},
		"stale, each on its connection": {
			answers: []string{closing(wantsDigest, "a"), closing(isStale, "b"), "200"},
			got:     []string{basicUserPass, "a/1", "b/1"},
		},
		"stale for ever": {
			answers: []string{keeping(isStale, "a"), keeping(isStale, "b"), keeping(isStale, "c")},
			got:     []string{basicUserPass, "a/1", "b/1"},
			text:    "every answer was challenged anew",
		},
		"stale for ever, each on its connection": {
			answers: []string{closing(isStale, "a"), closing(isStale, "b"), closing(isStale, "c")},
			got:     []string{basicUserPass, "a/1", "b/1"},
			text:    "every answer was challenged anew",
		},
		"strongest of one field": {
			answers: []string{keeping(wantsBasic + `, Digest realm="r", nonce="a", qop="auth", algorithm=MD5, Negotiate`), "200"},
			got:     []string{basicUserPass, "a/1"},
		},
		"strongest of several": {
			answers: []string{keeping("Proxy-Authenticate: Negotiate\n"+wantsBasic+"\n"+wantsDigest, "a"), "200"},
			got:     []string{basicUserPass, "a/1"},
		},
		"first of equals": {
			answers: []string{keeping(wantsDigest+"\n"+wantsDigest, "a", "b"), "200"},
			got:     []string{basicUserPass, "a/1"},
		},
		"the one with our nonce in it": {
			answers: []string{keeping(`Proxy-Authenticate: Digest realm="r", nonce="a", Digest realm="r", nonce="b", qop=auth`), "200"},
			got:     []string{basicUserPass, "b/1"},
		},
		"the one that is understood": {
			answers: []string{keeping(`Proxy-Authenticate: Digest realm="r", nonce="a", qop=auth, algorithm=SHA3, Digest realm="r", nonce="b", qop=auth`), "200"},
			got:     []string{basicUserPass, "b/1"},
		},
		"from Digest to Basic": {
			answers: []string{keeping(wantsDigest, "a"), keeping(wantsBasic)},
			got:     []string{basicUserPass, "a/1"},
			text:    "the credentials were refused",
		},
		"unknown schemes": {
			answers: []string{keeping("Proxy-Authenticate: Negotiate, NTLM")},
			got:     []string{basicUserPass},
			text:    "Negotiate, NTLM is wanted; what can be answered is Digest, and Basic for a user without colon",
		},
		"no challenge": {
			answers: []string{keeping("X-Nothing: 1")},
			got:     []string{basicUserPass},
			text:    "no Proxy-Authenticate says what is wanted",
		},
		"malformed": {
			answers: []string{keeping(`Proxy-Authenticate: realm="r"`)},
			got:     []string{basicUserPass},
			text:    `field "Proxy-Authenticate": a parameter without a scheme at byte 6`,
		},
		"malformed behind a good one": {
			answers: []string{keeping(wantsDigest+`, Basic realm="`, "a"), "200"},
			got:     []string{basicUserPass, "a/1"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			one := hop(HTTP, "one")
			if !test.anonymous {
				one = one.withCredentials("user", "pass")
			}
			g := &gate{t: t, answers: test.answers}
			inTrip(t, []Hop{one}, Options{}, g.serve, func(t *testing.T, tr *trip) {
				s, err := tr.arrive(target)
				if !slices.Equal(g.got, test.got) {
					t.Errorf("the proxy got %q, want %q", g.got, test.got)
				}
				if test.text == "" {
					if err != nil {
						t.Fatal(err)
					}
					tr.wantEcho(s)
					return
				}
				if e := fault(t, err, ErrAuth); e.Status != 407 || !strings.Contains(e.Error(), test.text) {
					t.Errorf("the error is %q; want it to say %q", e, test.text)
				}
				if strings.Contains(err.Error(), "pass") {
					t.Errorf("the error has the password: %q", err)
				}
			})
		})
	}
}

// What was learned is used at once by the next walk, with the next count; when
// its nonce has aged, be it said or not, a new one is taken.
func TestWhatWasLearned(t *testing.T) {
	g := &gate{t: t, answers: []string{
		keeping(wantsDigest, "a"), "200", // the first walk
		"200",                        // the second
		keeping(isStale, "b"), "200", // the third
		closing(isStale, "c"), "200", // the fourth
		"200",                            // the fifth
		keeping(wantsDigest, "d"), "200", // the sixth: the proxy was started anew, and knows no c
	}}
	inTrip(t, []Hop{hop(HTTP, "one").withCredentials("user", "pass")}, Options{}, g.serve, func(t *testing.T, tr *trip) {
		for range 6 {
			s := tr.mustArrive()
			tr.wantEcho(s)
			s.Close()
		}
		want := []string{basicUserPass, "a/1", "a/2", "a/3", "b/1", "b/2", "c/1", "c/2", "c/3", "d/1"}
		if !slices.Equal(g.got, want) {
			t.Errorf("the proxy got %q, want %q", g.got, want)
		}
	})
}

// Each hop's challenge is answered with its own credentials; where the second
// hop closes, both are passed again.
func TestChallengeOfTheSecondHop(t *testing.T) {
	one := hop(HTTP, "one").withCredentials("anna", "a")
	two := hop(HTTP, "two").withCredentials("user", "pass")
	g := &gate{t: t, answers: []string{closing(wantsDigest, "a"), keeping(isStale, "b"), "200"}}
	var s sight
	inTrip(t, []Hop{one, two}, Options{}, func(p *networktest.Peer) {
		s.connectAt(p, "one")
		g.serve(p)
	}, func(t *testing.T, tr *trip) {
		tr.wantEcho(tr.mustArrive())
		line := "one saw CONNECT two.test:8080; Host: two.test:8080; Proxy-Authorization: Basic YW5uYTph"
		s.want(t, line, line)
		if want := []string{basicUserPass, "a/1", "b/1"}; !slices.Equal(g.got, want) {
			t.Errorf("the second proxy got %q, want %q", g.got, want)
		}
	})
}

// The owner's own field is sent where there are no credentials, and gives way
// to them.
func TestOwnAuthorization(t *testing.T) {
	one := hop(HTTP, "one")
	one.Headers = [][2]string{{"proxy-authorization", "Bearer x"}}
	for want, h := range map[string]Hop{"Bearer x": one, basicUserPass: one.withCredentials("user", "pass")} {
		g := &gate{t: t, answers: []string{"200"}}
		inTrip(t, []Hop{h}, Options{}, g.serve, func(t *testing.T, tr *trip) {
			tr.wantEcho(tr.mustArrive())
			if !slices.Equal(g.got, []string{want}) {
				t.Errorf("the proxy got %q, want %q", g.got, want)
			}
		})
	}
}

// A connection that a refusal leaves usable serves the answer; one whose body
// does not end is given up, and the answer goes over the next.
func TestChallengeBody(t *testing.T) {
	digest := fmt.Sprintf(wantsDigest, "a")
	for name, test := range map[string]struct {
		answer string
		dials  int
	}{
		"none":         {"HTTP/1.1 407 No\r\n" + digest + "\r\nContent-Length: 0\r\n\r\n", 1},
		"chunked":      {"HTTP/1.1 407 No\r\n" + digest + "\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nno\r\n0\r\n\r\n", 1},
		"60 KiB":       {networktest.AppendAnswer(407, strings.Repeat("x", 60<<10), digest), 1},
		"200 KiB":      {networktest.AppendAnswer(407, strings.Repeat("x", 200<<10), digest), 2},
		"too slow":     {"HTTP/1.1 407 No\r\n" + digest + "\r\nContent-Length: 5\r\n\r\nno", 2},
		"to the close": {"HTTP/1.1 407 No\r\n" + digest + "\r\n\r\nno", 2},
		"bytes behind": {networktest.AppendAnswer(407, "no", digest) + "x", 2},
		"HTTP/1.0":     {"HTTP/1.0 407 No\r\n" + digest + "\r\nContent-Length: 0\r\n\r\n", 2},
	} {
		t.Run(name, func(t *testing.T) {
			first := true
			inTrip(t, []Hop{hop(HTTP, "one").withCredentials("user", "pass")}, Options{}, func(p *networktest.Peer) {
				for {
					request, ok := p.NextRequest()
					if !ok {
						return
					}
					if first {
						first = false
						p.Write(test.answer)
						continue
					}
					if !strings.HasPrefix(request.Get("Proxy-Authorization"), "Digest ") {
						t.Errorf("the proxy got %q", request.Get("Proxy-Authorization"))
					}
					p.Write(established)
					echo(p)
					return
				}
			}, func(t *testing.T, tr *trip) {
				tr.wantEcho(tr.mustArrive())
				if got := tr.world.Dials("*"); got != test.dials {
					t.Errorf("dialled %d times, want %d", got, test.dials)
				}
			})
		})
	}
}

// Requests in absolute form are authorized by method and URI.
func TestAuthenticator(t *testing.T) {
	a := NewWalker([]Hop{hop(SOCKS5H, "one"), hop(HTTP, "two").withCredentials("Mufasa", "Circle of Life")}, Options{}).Last()
	value, ok := a.Header("GET", "http://www.example.com/")
	if value != "Basic TXVmYXNhOkNpcmNsZSBvZiBMaWZl" || !ok {
		t.Fatalf("at first %q, %v", value, ok)
	}
	challenge := [][2]string{
		{"Date", "today"},
		{"proxy-authenticate", `Digest realm="http-auth@example.org", qop="auth", algorithm=MD5, nonce="m"`},
		{"Proxy-Authenticate", `Digest realm="http-auth@example.org", qop="auth", algorithm=SHA-256, nonce="s"`},
	}
	if !a.Challenge(challenge, value) {
		t.Fatal("the challenge is not worth an answer")
	}
	value, ok = a.Header("GET", "http://www.example.com/")
	if got := parameters(t, value); !ok || got["nonce"] != "s" || got["uri"] != "http://www.example.com/" || got["nc"] != "00000001" {
		t.Errorf("then %q", value)
	}
	if a.Challenge(challenge, value) {
		t.Error("the same challenge again is worth an answer")
	}
	if !a.Challenge(challenge, "Bearer x") {
		t.Error("a challenge to what was none of ours is not worth an answer")
	}
}

// What Basic cannot say is not sent; Digest can say it.
func TestBasicUnsayable(t *testing.T) {
	for _, pair := range [][2]string{{"a:b", "c"}, {"a\n", "c"}, {"a", "c\x00"}} {
		a := newAuthenticator(pair[0], pair[1], true)
		if value, ok := a.Header("CONNECT", target); ok {
			t.Errorf("%q is sent as %q", pair, value)
		}
		if a.Challenge([][2]string{{"Proxy-Authenticate", `Basic realm="r"`}}, "") {
			t.Errorf("%q is worth trying as Basic", pair)
		}
		if !a.Challenge([][2]string{{"Proxy-Authenticate", `Digest realm="r", nonce="n", qop=auth`}}, "") {
			t.Errorf("%q is not worth trying as Digest", pair)
		}
	}
}

// Walks at once share what was learned; no two answers with a nonce have the
// same count.
func TestAuthenticatorIsShared(t *testing.T) {
	a := newAuthenticator("user", "pass", true)
	challenge := [][2]string{{"Proxy-Authenticate", fmt.Sprintf(wantsDigest[len("Proxy-Authenticate: "):], "a")}}
	a.Challenge(challenge, "")
	var mu sync.Mutex
	counts := make(map[string]int)
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			for range 100 {
				value, _ := a.Header("CONNECT", target)
				list, _ := parseChallenges(value)
				nc, _ := list[0].get("nc")
				mu.Lock()
				counts[nc]++
				mu.Unlock()
			}
		})
	}
	group.Wait()
	if len(counts) != 800 {
		t.Errorf("%d different counts in 800 answers", len(counts))
	}
}

// Many walks of one walker, all challenged on connections that close, arrive.
func TestWalksAtOnce(t *testing.T) {
	const walks = 20
	inTrip(t, []Hop{hop(HTTP, "one").withCredentials("user", "pass")}, Options{}, func(p *networktest.Peer) {
		request := p.ReadRequest()
		if strings.HasPrefix(request.Get("Proxy-Authorization"), "Digest ") {
			p.Write(established)
			p.WaitClosed()
			return
		}
		p.Answer(407, "", fmt.Sprintf(wantsDigest, fmt.Sprint(p.Number())), "Connection: close")
	}, func(t *testing.T, tr *trip) {
		var group sync.WaitGroup
		for range walks {
			group.Go(func() {
				s, err := tr.arriveAtOnce()
				if err != nil {
					t.Error(err)
					return
				}
				s.Close()
			})
		}
		group.Wait()
	})
}

// An owner may give up between Again and the next walk, as often as it likes.
func TestAgainGivenUp(t *testing.T) {
	w := NewWalker([]Hop{hop(HTTP, "one")}, Options{})
	for range 100 {
		first := &Error{again: true, redials: w.takeRedials()}
		if !w.Again(first) {
			t.Fatal("the first challenge of a walk is not worth a new connection")
		}
		if len(w.redials) > 1 {
			t.Fatalf("%d counts are kept for nobody", len(w.redials))
		}
		w.takeRedials() // the walk that never came
	}
	if w.Again(&Error{Kind: ErrRefused}) || w.Again(nil) || w.Again(fmt.Errorf("something else")) {
		t.Error("Again says true to what is no challenge")
	}
}
