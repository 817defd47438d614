package inspect

import (
	"context"
	"flag"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

// chromium is the one process that all tests share, started by the first that
// needs it, and the temporary directory that it lives in.
var chromium struct {
	sync.Mutex
	ctx   context.Context // nil: not started
	close func()
}

func TestMain(m *testing.M) {
	flag.Parse()
	code := m.Run()
	if chromium.ctx != nil {
		chromium.close()
	}
	os.Exit(code)
}

// startChromium starts the process, unless it runs.
func startChromium(t testing.TB) context.Context {
	t.Helper()
	chromium.Lock()
	defer chromium.Unlock()
	if chromium.ctx != nil {
		return chromium.ctx
	}
	executable := chromiumProgram.require(t)
	home, err := os.MkdirTemp("", "httpx-chromium")
	if err != nil {
		t.Fatal(err)
	}
	options := []chromedp.ExecAllocatorOption{
		chromedp.ExecPath(executable),
		chromedp.UserDataDir(home),
		chromedp.Flag("headless", true),
		chromedp.Flag("no-sandbox", os.Geteuid() == 0), // it refuses to run as root otherwise
		chromedp.Flag("disable-gpu", true),
		chromedp.Flag("disable-dev-shm-usage", true),
		chromedp.Flag("disable-quic", true),
		chromedp.Flag("no-first-run", true),
		chromedp.Flag("no-default-browser-check", true),
		chromedp.Flag("disable-background-networking", true),
		chromedp.Flag("disable-component-update", true),
		chromedp.Flag("disable-sync", true),
		chromedp.Flag("hide-scrollbars", true),
		chromedp.WSURLReadTimeout(45 * time.Second),
	}
	ctx, cancel := chromedp.NewExecAllocator(context.Background(), options...)
	ctx, _ = chromedp.NewContext(ctx, chromedp.WithBrowserOption(chromedp.WithDialTimeout(0)))
	// The first action starts it, under the context that it lives by.
	if err := chromedp.Run(ctx); err != nil {
		cancel()
		os.RemoveAll(home)
		t.Fatalf("%s does not start: %v", executable, err)
	}
	chromium.ctx = ctx
	chromium.close = func() {
		chromedp.Cancel(ctx) // waits for the process
		cancel()
		os.RemoveAll(home)
	}
	return ctx
}

// A browser is a window of Chromium without a screen.
type browser struct {
	t   testing.TB
	ctx context.Context
}

func openBrowser(t testing.TB) *browser {
	t.Helper()
	ctx, cancel := chromedp.NewContext(startChromium(t))
	t.Cleanup(cancel)
	return &browser{t: t, ctx: ctx}
}

func (b *browser) do(what string, actions ...chromedp.Action) {
	b.t.Helper()
	if err := chromedp.Run(b.ctx, actions...); err != nil {
		b.t.Fatalf("%s: %v", what, err)
	}
}

// A look is how a window is looked at.
type look struct {
	width, height int64
	scale         float64
	mobile        bool
	scheme        string // light or dark
}

func (b *browser) looks(l look) {
	b.t.Helper()
	b.do("set the window",
		emulation.SetDeviceMetricsOverride(l.width, l.height, l.scale, l.mobile),
		emulation.SetEmulatedMedia().WithFeatures([]*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: l.scheme}}))
}

// open goes to a page, and waits until it is live.
func (b *browser) open(url string) {
	b.t.Helper()
	b.do("open the page", chromedp.Navigate(url))
	b.until("the page is live", `document.getElementById("status").textContent === "live"`)
}

// eval evaluates an expression of JavaScript.
func (b *browser) eval(expression string, into any) {
	b.t.Helper()
	b.do(expression, chromedp.Evaluate(expression, into))
}

// text is that of an element.
func (b *browser) text(selector string) (text string) {
	b.t.Helper()
	b.eval(`document.querySelector(`+quote(selector)+`).textContent`, &text)
	return text
}

// until waits until an expression is true.
func (b *browser) until(what, expression string) {
	b.t.Helper()
	for deadline := time.Now().Add(20 * time.Second); ; {
		var is bool
		b.eval(expression, &is)
		if is {
			return
		}
		if time.Now().After(deadline) {
			b.t.Fatalf("waited in vain until %s: %s", what, expression)
		}
		time.Sleep(50 * time.Millisecond)
	}
}

// press presses a key, where the focus is.
func (b *browser) press(key string) {
	b.t.Helper()
	b.do("press a key", chromedp.KeyEvent(key))
}

func quote(text string) string { return "`" + text + "`" }
