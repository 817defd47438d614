package inspect

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/gohttpx/httpx"
)

func TestHandlerServes(t *testing.T) {
	pool, _ := newPool(t, httpx.PoolOptions{})
	mounted := http.NewServeMux()
	mounted.Handle("/debug/httpx/", Handler(pool))
	stripped := http.NewServeMux()
	stripped.Handle("/debug/httpx/", http.StripPrefix("/debug/httpx", Handler(pool)))
	for path, contentType := range map[string]string{
		"":              "text/html; charset=utf-8",
		"snapshot.json": "application/json; charset=utf-8",
		"events.json":   "application/json; charset=utf-8",
		"metrics":       "text/plain; version=0.0.4; charset=utf-8",
	} {
		for name, h := range map[string]http.Handler{"mounted": mounted, "stripped": stripped} {
			w := get(h, "/debug/httpx/"+path)
			if w.Code != 200 || w.Header().Get("Content-Type") != contentType || w.Body.Len() == 0 {
				t.Errorf("%s, %q: status %d, type %q, %d bytes", name, path, w.Code, w.Header().Get("Content-Type"), w.Body.Len())
			}
			for field, want := range map[string]string{
				"Cache-Control":                "no-store",
				"X-Content-Type-Options":       "nosniff",
				"Cross-Origin-Resource-Policy": "same-origin",
				"Access-Control-Allow-Origin":  "",
			} {
				if got := w.Header().Get(field); got != want {
					t.Errorf("%q: %s is %q, want %q", path, field, got, want)
				}
			}
			if policy := w.Header().Get("Content-Security-Policy"); !strings.HasPrefix(policy, "default-src 'none'; ") {
				t.Errorf("%q: the policy is %q", path, policy)
			}
		}
	}
	for path, status := range map[string]int{
		"nothing": 404, "connection.json": 400, "connection.json?id=x": 400, "connection.json?id=77": 404,
	} {
		if w := get(mounted, "/debug/httpx/"+path); w.Code != status {
			t.Errorf("%q: status %d, want %d", path, w.Code, status)
		}
	}
}

func TestHandlerOnlyReads(t *testing.T) {
	pool, _ := newPool(t, httpx.PoolOptions{})
	h := Handler(pool)
	for _, method := range []string{"POST", "PUT", "DELETE", "OPTIONS", "PATCH"} {
		w := ask(h, method, "/debug/httpx/snapshot.json")
		if w.Code != 405 || w.Header().Get("Allow") != "GET, HEAD" {
			t.Errorf("%s: status %d, Allow %q", method, w.Code, w.Header().Get("Allow"))
		}
	}
	if w := ask(h, "HEAD", "/debug/httpx/stream"); w.Code != 200 || w.Body.Len() != 0 {
		t.Errorf("HEAD of the stream: status %d, %d bytes", w.Code, w.Body.Len())
	}
}

func TestOtherSitesMayNotRead(t *testing.T) {
	pool, _ := newPool(t, httpx.PoolOptions{})
	h := Handler(pool)
	for _, test := range []struct {
		path   string
		status int
		fields []string
	}{
		{"snapshot.json", 200, nil},
		{"snapshot.json", 200, []string{"Sec-Fetch-Site", "same-origin"}},
		{"snapshot.json", 200, []string{"Sec-Fetch-Site", "none"}},
		{"snapshot.json", 200, []string{"Origin", "http://debug.example"}},
		{"snapshot.json", 403, []string{"Sec-Fetch-Site", "same-site"}},
		{"snapshot.json", 403, []string{"Sec-Fetch-Site", "cross-site"}},
		{"snapshot.json", 403, []string{"Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "navigate", "Sec-Fetch-Dest", "document"}},
		{"snapshot.json", 403, []string{"Origin", "http://evil.example"}},
		{"snapshot.json", 403, []string{"Origin", "http://debug.example:8080"}},
		{"snapshot.json", 403, []string{"Origin", "null"}},
		{"stream", 403, []string{"Origin", "http://evil.example"}},
		{"metrics", 403, []string{"Sec-Fetch-Site", "cross-site"}},
		{"", 200, []string{"Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "navigate", "Sec-Fetch-Dest", "document"}},
		{"", 403, []string{"Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "navigate", "Sec-Fetch-Dest", "iframe"}},
		{"", 403, []string{"Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "no-cors", "Sec-Fetch-Dest", "script"}},
	} {
		if w := get(h, "/debug/httpx/"+test.path, test.fields...); w.Code != test.status {
			t.Errorf("%q with %q: status %d, want %d", test.path, test.fields, w.Code, test.status)
		}
	}
}

// The page stands alone: nothing in it leads elsewhere.
func TestPageHasNoOutsideAsset(t *testing.T) {
	for _, forbidden := range []string{"<link rel=\"stylesheet", "src=", "@import", "url(", "innerHTML", "eval(", "onclick=\""} {
		if strings.Contains(page, forbidden) {
			t.Errorf("the page contains %q", forbidden)
		}
	}
	for _, element := range []string{"style", "script"} {
		if n := strings.Count(page, "<"+element+">"); n != 1 {
			t.Errorf("the page has %d elements <%s>, and one hash", n, element)
		}
	}
}

// What must not be seen is in none of the answers.
func TestAnswersHoldNoSecrets(t *testing.T) { synctest.Test(t, testAnswersHoldNoSecrets) }

func testAnswersHoldNoSecrets(t *testing.T) {
	route, err := httpx.ParseRoute("http://user:hunter2@proxy.example:3128")
	if err != nil {
		t.Fatal(err)
	}
	pool, n := newPool(t, httpx.PoolOptions{})
	n.Refuse("proxy.example:3128", nil)
	h := Handler(pool)
	get(h, "/debug/httpx/events.json") // from here on events are observed
	stream := watchStream(h)
	ctx := context.Background()
	secrets := httpx.Headers{{"Authorization", "Bearer hunter2"}, {"Cookie", "session=hunter2"}}
	if _, err := pool.Request(ctx, "GET", "http://me:hunter2@a.example/path?token=hunter2#hunter2", secrets); err != nil {
		t.Fatal(err)
	}
	if _, err := pool.Request(ctx, "GET", "https://b.example/path?token=hunter2", secrets, route); err == nil {
		t.Fatal("the proxy answers")
	}
	synctest.Wait() // the events are told in their own time
	answers := map[string]string{}
	for _, path := range []string{"snapshot.json", "events.json", "metrics"} {
		answers[path] = get(h, "/debug/httpx/"+path).Body.String()
	}
	for _, c := range pool.Connections() {
		answers["connection.json"] += get(h, "/debug/httpx/connection.json?id="+number(c.Snapshot().ID)).Body.String()
	}
	stream.stop(t)
	answers["stream"] = stream.recorder.Body.String()
	for path, text := range answers {
		if strings.Contains(text, "hunter2") {
			t.Errorf("%s holds a secret: %s", path, text)
		}
	}
	if !strings.Contains(answers["events.json"], "/path?token=…") || !strings.Contains(answers["events.json"], "connection refused") {
		t.Errorf("the events lack the request or its failure: %s", answers["events.json"])
	}
}

func TestHandlerWantsAPool(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("Handler(nil) did not panic")
		}
	}()
	Handler(nil)
}
