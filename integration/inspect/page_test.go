package inspect

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/gohttpx/httpx"
)

// counts are the numbers that the page shows.
func (b *browser) counts() httpx.CountsSnapshot {
	b.t.Helper()
	number := func(name string) int {
		n, err := strconv.Atoi(b.text("#count-" + name))
		if err != nil {
			b.t.Fatalf("the number of %s: %v", name, err)
		}
		return n
	}
	return httpx.CountsSnapshot{
		Connecting: number("connecting"), Active: number("active"), Idle: number("idle"),
		Upgraded: number("upgraded"), Waiting: number("waiting"),
	}
}

// shows waits until the page shows what the pool holds, which stands still.
func (b *browser) shows(v *view) {
	b.t.Helper()
	want := v.pool.Snapshot()
	b.until("the page shows "+want.Text, `document.getElementById("text").textContent === `+quote(want.Text))
	if got := b.counts(); got != want.Counts {
		b.t.Errorf("the page counts %+v, the pool %+v", got, want.Counts)
	}
	rows := 0
	b.eval(`document.querySelectorAll(".row:not(.closed)").length`, &rows)
	if rows != len(want.Connections) {
		b.t.Errorf("the page has %d rows of living connections, the pool %d", rows, len(want.Connections))
	}
}

// complaints collects what the browser complains of: errors of the script, and
// what the page's policy forbids.
func (b *browser) complaints() func() []string {
	var mu sync.Mutex
	var all []string
	chromedp.ListenTarget(b.ctx, func(event any) {
		mu.Lock()
		defer mu.Unlock()
		switch e := event.(type) {
		case *runtime.EventExceptionThrown:
			all = append(all, e.ExceptionDetails.Error())
		case *log.EventEntryAdded:
			all = append(all, e.Entry.Text+" "+e.Entry.URL)
		}
	})
	b.do("listen to the log", log.Enable())
	return func() []string {
		mu.Lock()
		defer mu.Unlock()
		return slices.Clone(all)
	}
}

func TestPageShowsThePool(t *testing.T) {
	v := newView(t, httpx.PoolOptions{MaxConnections: 6, MaxConnectionsPerOrigin: 4})
	b := openBrowser(t)
	complaints := b.complaints()
	b.looks(wideLight)
	b.open(v.page)
	b.shows(v) // nothing at all

	// Four hold a connection each, three wait: it does not change until released.
	v.hold(7, httpx.CountsSnapshot{Active: 4, Waiting: 3})
	b.shows(v)
	b.until("the waiters are there", `document.querySelectorAll("#waiters tbody tr").length === 3`)
	if text := b.text("#waiters"); !strings.Contains(text, "MaxConnectionsPerOrigin 4") {
		t.Errorf("the waiters do not say which limit holds them: %q", text)
	}
	b.until("a row is called by what it does", `document.querySelector(".row").getAttribute("aria-label") === `+quote(fmt.Sprintf("connection %d to %s, first byte", v.ids()[0], v.plain)))

	v.app.release()
	v.until("three that waited hold connections", func() bool { return v.pool.Snapshot().Counts.Active == 3 })
	v.app.release()
	v.until("all is idle", func() bool { return v.pool.Snapshot().Counts.Idle == 4 })
	b.shows(v)
	totals := v.pool.Snapshot().Totals
	b.until("the totals are the pool's", fmt.Sprintf(`document.getElementById("totals").textContent.includes("opened%dreused%d ")`, totals.Opened, totals.Reused))

	stream, _, err := v.pool.Upgrade(v.ctx, "GET", v.plain+"/api/feed", httpx.Headers{{"Upgrade", "websocket"}})
	if err != nil {
		t.Fatal(err)
	}
	b.shows(v)
	b.until("the row of the stream names the protocol", `[...document.querySelectorAll(".row .doing")].some(e => e.textContent.startsWith("websocket"))`)
	stream.Close()
	v.until("the stream is gone", func() bool { return v.pool.Snapshot().Counts.Upgraded == 0 })
	b.shows(v)
	b.until("its row is closed", `document.querySelectorAll(".row.closed").length === 1`)

	// What was drawn is not one colour: the lanes have something on them.
	var colours int
	b.eval(`(() => { const c = document.getElementById("lanes"), d = c.getContext("2d").getImageData(0, 0, c.width, c.height).data;
		const seen = new Set(); for (let i = 0; i < d.length; i += 4) if (d[i+3] === 255) seen.add(d[i] << 16 | d[i+1] << 8 | d[i+2]); return seen.size })()`, &colours)
	if colours < 4 {
		t.Errorf("the lanes are drawn in %d colours, want at least the grid, idle, busy and upgraded", colours)
	}
	if text := b.text("body"); strings.Contains(text, "secret") {
		t.Error("the page shows a query's value")
	}
	if all := complaints(); len(all) > 0 {
		t.Errorf("the browser complains: %q", all)
	}
}

func TestPageByKeyboard(t *testing.T) {
	v := newView(t, httpx.PoolOptions{MaxConnections: 6})
	v.hold(3, httpx.CountsSnapshot{Active: 3})
	b := openBrowser(t)
	b.looks(wideLight)
	b.open(v.page)
	b.shows(v)

	ids := v.ids()
	focused := func(i int) string {
		return fmt.Sprintf(`document.activeElement.dataset.id === "%d"`, ids[i])
	}
	for range 12 {
		b.press(kb.Tab)
		var reached bool
		if b.eval(focused(0), &reached); reached {
			break
		}
	}
	b.until("Tab reaches the first connection", focused(0))
	var outline string
	b.eval(`getComputedStyle(document.activeElement).outlineStyle`, &outline)
	if outline != "solid" {
		t.Errorf("the focus is not to be seen: its outline is %q", outline)
	}
	b.press(kb.ArrowDown)
	b.until("the arrow goes to the second", focused(1))
	b.press(kb.End)
	b.until("End goes to the last", focused(2))
	b.press(kb.Home)
	b.until("Home goes to the first", focused(0))
	b.press(kb.ArrowDown)

	b.press(kb.Enter)
	b.until("Enter opens the connection", `!document.getElementById("life").hidden && document.getElementById("life").contains(document.activeElement)`)
	text := v.pool.Connections()[1].String()
	b.until("its text form is there", `document.getElementById("life-name").textContent === `+quote(text))
	facts := b.text("#life-facts")
	for _, want := range []string{fmt.Sprintf("#%d", ids[1]), "first byte for ", "GET " + v.plain + "/api/hold?token=…"} {
		if !strings.Contains(facts, want) {
			t.Errorf("the facts of the connection lack %q: %q", want, facts)
		}
	}
	b.press(kb.Escape)
	b.until("Escape closes it, and the focus is back", `document.getElementById("life").hidden && `+focused(1))

	b.do("click a connection", chromedp.Click(fmt.Sprintf(`.row[data-id="%d"]`, ids[2]), chromedp.ByQuery))
	b.until("a click opens it", `!document.getElementById("life").hidden && document.getElementById("life-facts").textContent.includes("#`+fmt.Sprint(ids[2])+`")`)
	v.app.release()
	b.until("its events come while it is open", `document.getElementById("life-events").textContent.includes("body done")`)
	b.do("close it", chromedp.Click(`#life-close`, chromedp.ByQuery))
	b.until("it is closed", `document.getElementById("life").hidden`)
}

func TestPagePauses(t *testing.T) {
	v := newView(t, httpx.PoolOptions{})
	b := openBrowser(t)
	b.looks(wideLight)
	b.open(v.page)
	b.do("pause", chromedp.Click("#pause", chromedp.ByQuery))
	v.hold(2, httpx.CountsSnapshot{Active: 2})
	time.Sleep(600 * time.Millisecond) // two frames that must not be shown
	if got := b.text("#count-active"); got != "0" {
		t.Errorf("the page that is paused shows %s active", got)
	}
	b.do("resume", chromedp.Click("#pause", chromedp.ByQuery))
	b.shows(v)
}

func TestPageOnAPhone(t *testing.T) {
	v := newView(t, httpx.PoolOptions{MaxConnectionsPerOrigin: 2})
	v.hold(3, httpx.CountsSnapshot{Active: 2, Waiting: 1})
	b := openBrowser(t)
	b.looks(phone)
	b.open(v.page)
	b.shows(v)
	var overflow int
	b.eval(fmt.Sprintf(`document.documentElement.scrollWidth - %d`, phone.width), &overflow) // innerWidth would grow with it
	if overflow > 0 {
		t.Errorf("the page is %d pixels wider than the phone", overflow)
	}
	var lane int
	b.eval(`document.getElementById("lanes").clientWidth`, &lane)
	if lane < 150 {
		t.Errorf("the lanes have %d pixels left", lane)
	}
}

// TestPageUnderLoad reads the page while everything moves: what it shows lies
// between what the pool was before and after.
func TestPageUnderLoad(t *testing.T) {
	v := newView(t, httpx.PoolOptions{MaxConnections: 40})
	b := openBrowser(t)
	b.looks(wideLight)
	b.open(v.page)
	v.ask(32, 0, "GET", v.plain+"/files/small.bin")
	v.ask(8, 20*time.Millisecond, "GET", v.secure+"/files/small.bin", httpx.Headers{{"Connection", "close"}})

	number := func(text string) uint64 {
		n, err := strconv.ParseUint(strings.ReplaceAll(text, ",", ""), 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	for range 5 {
		time.Sleep(300 * time.Millisecond)
		before := v.pool.Snapshot()
		b.until("a frame has come since", fmt.Sprintf(`Date.parse(snapshot.time) >= %d`, before.Time.UnixMilli()+1))
		opened := number(b.text("#totals dd"))
		after := v.pool.Snapshot()
		if opened < before.Totals.Opened || opened > after.Totals.Opened {
			t.Errorf("the page says that %d connections were opened, the pool %d before and %d after", opened, before.Totals.Opened, after.Totals.Opened)
		}
	}
	b.until("the page counts requests", `Number(document.getElementById("count-rate").textContent.replaceAll(",", "")) > 0`)
	var rows, held int
	b.eval(`document.querySelectorAll(".row").length`, &rows)
	if rows > 40+60 {
		t.Errorf("the page has %d rows, more than the pool's connections and 60 that are closed", rows)
	}
	b.eval(`lanes.size`, &held)
	if held > 40+256 {
		t.Errorf("the page remembers %d connections", held)
	}
}

// TestServerShutsDownBesidePage shows that an open page does not hold up a
// server that is shut down.
func TestServerShutsDownBesidePage(t *testing.T) {
	v := newView(t, httpx.PoolOptions{})
	b := openBrowser(t)
	b.looks(wideLight)
	b.open(v.page)
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	if err := v.server.Config.Shutdown(ctx); err != nil {
		t.Errorf("Shutdown: %v", err)
	}
	b.until("the page says so", `document.getElementById("status").className === "lost"`)
}

func TestSnapshotIsThePools(t *testing.T) {
	v := newView(t, httpx.PoolOptions{MaxConnectionsPerOrigin: 2})
	v.hold(3, httpx.CountsSnapshot{Active: 2, Waiting: 1})
	res, err := http.Get(v.page + "snapshot.json")
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	var got struct {
		Text   string
		Counts httpx.CountsSnapshot
	}
	if err := json.NewDecoder(res.Body).Decode(&got); err != nil {
		t.Fatal(err)
	}
	want := v.pool.Snapshot()
	if got.Text != want.Text || got.Counts != want.Counts {
		t.Errorf("snapshot.json says %+v, the pool %s %+v", got, want.Text, want.Counts)
	}
}
