package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"sync"

	"github.com/gohttpx/httpx"
)

func (d *demonstration) showPool() error {
	d.section("3. ConnectionPool", "Many connections to many origins, for many callers at once.")

	pool := httpx.NewConnectionPool(&httpx.PoolOptions{Connection: *d.connectionOptions()})
	defer pool.Close()
	d.step("pool := httpx.NewConnectionPool(nil)", pool)

	if _, err := pool.Request(d.ctx, "GET", d.origins.plain); err != nil {
		return err
	}
	d.step(`pool.Request("GET", plain)`, pool)

	res, err := pool.Stream(d.ctx, "GET", d.origins.secure+"/chunked")
	if err != nil {
		return err
	}
	defer res.Close()
	d.step(`res := pool.Stream("GET", secure+"/chunked")`, pool)

	if _, err := res.Text(); err != nil {
		return err
	}
	d.step("res.Text()", pool)

	if _, err := pool.Request(d.ctx, "GET", d.origins.slow); err != nil {
		return err
	}
	d.step(`pool.Request("GET", slow)`, pool)

	for i, c := range pool.Connections() {
		if i == 0 {
			d.step("pool.Connections()", c)
		} else {
			d.also(c)
		}
	}

	if err := d.showPoolUpgrade(pool); err != nil {
		return err
	}
	if err := d.showServerCloses(pool); err != nil {
		return err
	}
	if err := d.showSnapshot(pool); err != nil {
		return err
	}
	if err := pool.Close(); err != nil {
		return err
	}
	d.step("pool.Close()", pool)
	return nil
}

func (d *demonstration) showPoolUpgrade(pool *httpx.ConnectionPool) error {
	stream, _, err := pool.Upgrade(d.ctx, "GET", d.origins.plain+"/shout", shouting)
	if err != nil {
		return err
	}
	defer stream.Close()
	d.step(`stream, res := pool.Upgrade("GET", plain+"/shout")`, pool)
	if err := stream.Close(); err != nil {
		return err
	}
	d.step("stream.Close()", pool)
	return nil
}

// showServerCloses shows that a pool notices the end of an idle connection by
// itself.
func (d *demonstration) showServerCloses(pool *httpx.ConnectionPool) error {
	before := pool.String()
	if _, err := pool.Request(d.ctx, "GET", d.origins.brief); err != nil {
		return err
	}
	d.step(`pool.Request("GET", brief)`, pool)
	if err := d.until(func() bool { return pool.String() == before }); err != nil {
		return err
	}
	d.step("// the server closes it; a moment later:", pool)
	return nil
}

// showSnapshot shows part of what a program sees of a pool.
func (d *demonstration) showSnapshot(pool *httpx.ConnectionPool) error {
	d.step("pool.Snapshot()", "for programs; of its JSON:")
	snapshot := pool.Snapshot()
	counts, err := plainJSON(snapshot.Counts)
	if err != nil {
		return err
	}
	d.below(`"counts": ` + counts)
	for i, c := range snapshot.Connections {
		text, err := plainJSON(struct {
			Text   string      `json:"text"`
			State  httpx.State `json:"state"`
			Served uint64      `json:"served"`
		}{c.Text, c.State, c.Served})
		if err != nil {
			return err
		}
		d.below(fmt.Sprintf(`"connections"[%d]: %s`, i, text))
	}
	return nil
}

// plainJSON is JSON for people: the angle brackets of a text form stay
// readable.
func plainJSON(v any) (string, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(v)
	return string(bytes.TrimSpace(b.Bytes())), err
}

// callers is how many want a connection of the pool of two.
const callers = 10

func (d *demonstration) showWaiting() error {
	d.section("   ... and its limits", "Who finds no connection waits, in order of arrival.")

	pool := httpx.NewConnectionPool(&httpx.PoolOptions{MaxConnections: 2})
	defer pool.Close()
	d.step("pool = httpx.NewConnectionPool(atMostTwo)", pool)

	ctx, cancel := context.WithCancel(d.ctx)
	var calls sync.WaitGroup
	defer calls.Wait()
	defer cancel() // where an error leaves callers behind
	failed := make(chan error, callers)
	for range callers {
		calls.Go(func() {
			if _, err := pool.Request(ctx, "GET", d.origins.slow+"/wait"); err != nil {
				failed <- err
			}
		})
	}

	allIn := fmt.Sprintf("<ConnectionPool [2 active, %d waiting]>", callers-2)
	if err := d.until(func() bool { return pool.String() == allIn }); err != nil {
		return err
	}
	d.step(`ten times: go pool.Request("GET", slow+"/wait")`, pool)

	for range callers {
		select {
		case d.origins.answer <- struct{}{}:
		case err := <-failed:
			return err
		case <-d.ctx.Done():
			return d.ctx.Err()
		}
	}
	calls.Wait()
	d.step("// the server answers all of them", pool)
	totals := pool.Snapshot().Totals
	d.step("pool.Snapshot().Totals", fmt.Sprintf("opened %d, reused %d", totals.Opened, totals.Reused))

	if err := pool.Close(); err != nil {
		return err
	}
	d.step("pool.Close()", pool)
	return nil
}
