package httpx

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/gohttpx/httpx/network/networktest"
)

// Whatever is written for people shows no credential, however it was given.
func TestNoSecretIsShown(t *testing.T) {
	const secret = "hunter2"
	inBubble(t, func(t *testing.T, n *networktest.Network) {
		n.Handle("*", networktest.Always(407, "", "Set-Cookie: session="+secret, "Proxy-Authenticate: Basic realm=x"))
		n.Handle("www.example.com:80", networktest.Always(200, "hello", "Set-Cookie: session="+secret))
		n.Refuse("down.example.com:80", nil)
		p := newTestPool(t, n, PoolOptions{})
		route, err := ParseRoute("http://user:" + secret + "@proxy.example:8080")
		if err != nil {
			t.Fatal(err)
		}
		route[0].Headers = Headers{{"Proxy-Authorization", "Bearer " + secret}}
		options := []RequestOption{
			Headers{{"Authorization", "Bearer " + secret}, {"Cookie", "a=" + secret}, {"X-Api-Key", secret}},
			Query(map[string][]string{"token": {secret}}),
		}
		url := "http://user:" + secret + "@www.example.com/path?password=" + secret + "#" + secret

		shown := make(map[string]any)
		req := mustRequest(t, "GET", url, options...)
		shown["request"] = req
		shown["its headers"] = req.Headers
		shown["route"] = route
		shown["proxy"] = route[0]

		res, err := p.Send(t.Context(), req)
		if err != nil {
			t.Fatal(err)
		}
		shown["pool"] = p
		shown["connection"] = p.Connections()[0]
		shown["connection's snapshot, active"] = p.Connections()[0].Snapshot()
		shown["pool's snapshot, active"] = p.Snapshot()
		wantBody(t, res, "hello")
		shown["response"] = res
		shown["its fields"] = res.Headers
		shown["exchange"] = res.Exchange()
		shown["pool's snapshot"] = p.Snapshot()

		for name, try := range map[string]func() error{
			"a server that refuses": func() error {
				_, err := p.Request(t.Context(), "GET", strings.Replace(url, "www", "down", 1), options...)
				return err
			},
			"a proxy that refuses": func() error {
				_, err := p.Request(t.Context(), "GET", strings.Replace(url, "http:", "https:", 1), append(options, route)...)
				return err
			},
			"a bad field": func() error {
				_, err := p.Request(t.Context(), "GET", url, Headers{{"Authorization", secret + "\n"}})
				return err
			},
			"a bad URL":       func() error { _, err := NewRequest("GET", "http://user:"+secret+"@host:port/?"+secret); return err },
			"another bad URL": func() error { _, err := NewRequest("GET", "http://user:"+secret+"@ho st/"); return err },
			"no scheme":       func() error { _, err := NewRequest("GET", "//user:"+secret+"@host/?a="+secret); return err },
			"a bad method":    func() error { _, err := NewRequest("G T", url); return err },
			"a bad proxy":     func() error { _, err := ParseRoute("ftp://user:" + secret + "@proxy"); return err },
			"a broken proxy":  func() error { _, err := ParseRoute("http://user:" + secret + "@proxy:port"); return err },
			"a proxy's path":  func() error { _, err := ParseRoute("http://user:" + secret + "@proxy/?a=" + secret); return err },
			"an upgrade": func() error {
				_, _, err := p.Upgrade(t.Context(), "GET", url, append(options, asEcho)...)
				return err
			},
			"another origin": func() error {
				c := openTest(t, n, "http://www.example.com/")
				_, err := c.Request(t.Context(), "GET", strings.Replace(url, "www", "other", 1), options...)
				return err
			},
			"a response that is no JSON": func() error { return res.JSON(new(int)) },
		} {
			err := try()
			if err == nil {
				t.Errorf("%s: no error", name)
				continue
			}
			for i := 0; err != nil; i++ {
				shown[fmt.Sprint("error of ", name, ", ", i)] = err.Error()
				var e *Error
				if i == 0 && errors.As(err, &e) {
					shown["record of "+name] = e.Exchange()
				}
				err = errors.Unwrap(err)
			}
		}

		for name, x := range shown {
			texts := map[string]string{"text": fmt.Sprint(x)}
			switch x.(type) {
			case *Request, *Response, *Connection, *ConnectionPool: // of these the text form only
			default:
				texts["%#v"] = fmt.Sprintf("%#v", x)
				data, err := json.Marshal(x)
				if err != nil {
					t.Errorf("%s: %v", name, err)
				}
				texts["JSON"] = string(data)
			}
			for form, text := range texts {
				if strings.Contains(text, secret) {
					t.Errorf("%s, %s: %s", name, form, text)
				}
			}
		}
	})
}
