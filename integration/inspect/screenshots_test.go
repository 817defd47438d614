package inspect

import (
	"bytes"
	"flag"
	"image"
	"image/color"
	"image/png"
	"maps"
	"os"
	"path/filepath"
	"slices"
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

// repack makes a picture smaller by having 256 colours: those that it has most
// of, then those that are least like any of them. The others, which edges of
// letters have, become the nearest.
func repack(t testing.TB, picture []byte) []byte {
	t.Helper()
	pixels, err := png.Decode(bytes.NewReader(picture))
	if err != nil {
		t.Fatal(err)
	}
	bounds := pixels.Bounds()
	uses := make(map[color.Color]int)
	for y := range bounds.Dy() {
		for x := range bounds.Dx() {
			uses[pixels.At(x, y)]++
		}
	}
	colours := slices.SortedFunc(maps.Keys(uses), func(a, b color.Color) int { return uses[b] - uses[a] })
	palette := color.Palette(slices.Clone(colours[:min(200, len(colours))]))
	for len(palette) < min(256, len(colours)) {
		palette = append(palette, slices.MaxFunc(colours, func(a, b color.Color) int {
			return distance(a, palette.Convert(a)) - distance(b, palette.Convert(b))
		}))
	}
	few := image.NewPaletted(bounds, palette)
	index := make(map[color.Color]uint8, len(colours))
	for _, c := range colours {
		index[c] = uint8(few.Palette.Index(c))
	}
	for y := range bounds.Dy() {
		for x := range bounds.Dx() {
			few.SetColorIndex(x, y, index[pixels.At(x, y)])
		}
	}
	var packed bytes.Buffer
	encoder := png.Encoder{CompressionLevel: png.BestCompression}
	if err := encoder.Encode(&packed, few); err != nil {
		t.Fatal(err)
	}
	return packed.Bytes()
}

// distance is how unlike two colours are.
func distance(a, b color.Color) int {
	square := func(x, y uint32) int { d := int(x>>8) - int(y>>8); return d * d }
	ar, ag, ab, _ := a.RGBA()
	br, bg, bb, _ := b.RGBA()
	return square(ar, br) + square(ag, bg) + square(ab, bb)
}

// TestScreenshots takes the pictures: a pool that idles after a few requests, that
// is busy, with an upgraded stream, and that is saturated. It needs two minutes,
// since each picture shows one.
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

	for _, url := range []string{"/files/small.bin", "/api/wait?ms=900", "/api/wait?ms=1600", "/reports/large.bin"} {
		v.tasks.Go(func() { v.pool.Request(v.ctx, "GET", v.plain+url) })
		v.tasks.Go(func() { v.pool.Request(v.ctx, "GET", v.secure+url) })
	}
	time.Sleep(25 * time.Second)
	b.shoot("idle", wideLight)

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
	time.Sleep(50 * time.Second)
	b.shoot("busy", wideLight)
	b.shoot("phone", phone)

	b.looks(wideLight)
	v.ask(20, 10*time.Millisecond, "GET", v.plain+"/api/wait?ms=700")
	time.Sleep(10 * time.Second)
	b.shoot("saturated", tallLight)

	b.looks(wideDark)
	b.do("show a connection through the proxy", chromedp.Click(`//button[contains(., " via ")]`, chromedp.BySearch))
	time.Sleep(time.Second)
	b.shoot("connection", wideDark)
}
