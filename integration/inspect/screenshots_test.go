package inspect

import (
	"bytes"
	"flag"
	"image/png"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/gohttpx/httpx"
)

var screenshots = flag.String("screenshots", "", "write the pictures of the documentation into this directory")

var (
	wideLight = look{width: 1280, height: 900, scale: 1, scheme: "light"}
	wideDark  = look{width: 1280, height: 900, scale: 1, scheme: "dark"}
	tallLight = look{width: 1280, height: 1300, scale: 1, scheme: "light"}
	phone     = look{width: 390, height: 844, scale: 1.5, mobile: true, scheme: "light"}
)

// shoot writes a picture of the window, if somebody wants it.
func (b *browser) shoot(name string, l look) {
	b.t.Helper()
	b.looks(l)
	time.Sleep(700 * time.Millisecond) // a few frames in the new size
	var picture []byte
	b.do("take a picture", chromedp.CaptureScreenshot(&picture))
	picture = repack(b.t, picture)
	const most = 150 << 10
	if len(picture) > most {
		b.t.Errorf("the picture %s has %d bytes, more than %d", name, len(picture), most)
	}
	if err := os.WriteFile(filepath.Join(*screenshots, "inspect-"+name+".png"), picture, 0o644); err != nil {
		b.t.Fatal(err)
	}
}

// repack compresses a picture harder than the browser does.
func repack(t testing.TB, picture []byte) []byte {
	t.Helper()
	pixels, err := png.Decode(bytes.NewReader(picture))
	if err != nil {
		t.Fatal(err)
	}
	var packed bytes.Buffer
	encoder := png.Encoder{CompressionLevel: png.BestCompression}
	if err := encoder.Encode(&packed, pixels); err != nil {
		t.Fatal(err)
	}
	return packed.Bytes()
}

// TestScreenshots takes the pictures: busy, saturated, with an upgraded stream,
// and idle again. It needs most of a minute, since the pictures show one.
func TestScreenshots(t *testing.T) {
	if *screenshots == "" {
		t.Skip("nobody asked for pictures: -screenshots names a directory")
	}
	v := newView(t, httpx.PoolOptions{MaxConnections: 24, MaxConnectionsPerOrigin: 12})
	b := openBrowser(t)
	b.looks(wideLight)
	b.open(v.page)
	route, err := httpx.ParseRoute(v.proxy)
	if err != nil {
		t.Fatal(err)
	}

	v.ask(4, 30*time.Millisecond, "GET", v.plain+"/files/small.bin")
	v.ask(3, 900*time.Millisecond, "GET", v.plain+"/api/wait?ms=450")
	v.ask(2, 2*time.Second, "GET", v.secure+"/reports/large.bin")
	v.ask(1, 700*time.Millisecond, "POST", v.secure+"/api/wait?ms=300", httpx.JSON("hello"))
	v.ask(2, 1500*time.Millisecond, "GET", v.secure+"/api/wait?ms=600", route)
	v.ask(1, 3*time.Second, "GET", v.plain+"/files/small.bin", httpx.Headers{{"Connection", "close"}})
	time.Sleep(6 * time.Second)
	stream, _, err := v.pool.Upgrade(v.ctx, "GET", v.plain+"/api/feed", httpx.Headers{{"Upgrade", "websocket"}})
	if err != nil {
		t.Fatal(err)
	}
	defer stream.Close()
	time.Sleep(26 * time.Second)
	b.shoot("busy", wideLight)
	b.shoot("busy-dark", wideDark)
	b.shoot("busy-phone", phone)

	b.looks(wideLight)
	v.ask(20, 10*time.Millisecond, "GET", v.plain+"/api/wait?ms=700")
	time.Sleep(7 * time.Second)
	b.shoot("saturated", tallLight)

	b.looks(wideLight)
	b.eval(`document.querySelectorAll(".row")[3].click()`, nil)
	time.Sleep(time.Second)
	b.shoot("connection", wideDark)
	b.shoot("connection-phone", phone)
}
