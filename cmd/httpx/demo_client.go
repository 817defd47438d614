package main

import (
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/gohttpx/httpx"
)

// hurry is how long the demo waits for a server that does not answer.
const hurry = 100 * time.Millisecond

func (d *demonstration) showClient() error {
	d.section("4. Client", "Redirects, cookies, default headers and decoding, over a pool.")

	client := httpx.NewClient(nil)
	defer client.Close()
	d.step("client := httpx.NewClient(nil)", client)

	res, err := client.Get(d.ctx, d.origins.plain+"/login")
	if err != nil {
		return err
	}
	d.step(`res := client.Get(plain + "/login")`, res)
	d.step("res.History", res.History)
	d.step("res.Request", res.Request)
	text, err := res.Text()
	if err != nil {
		return err
	}
	d.step("res.Text()   // the redirect had set a cookie", strconv.Quote(text))
	how := res.Exchange()
	d.step("res.Exchange()", fmt.Sprintf("connection %d, reused: %t, %v", how.Connection, how.Reused, shortDuration(how.Total)))
	d.step("client", client)

	_, err = client.Get(d.ctx, d.origins.slow+"/wait", httpx.Timeouts{FirstByte: hurry})
	if !errors.Is(err, httpx.ErrTimeout) {
		return fmt.Errorf("expected a timeout, got: %w", err)
	}
	d.step(`_, err := client.Get(slow+"/wait", impatient)`, "an error says what happened, and where:")
	d.below(err.Error())

	if err := client.Close(); err != nil {
		return err
	}
	d.step("client.Close()", client)
	return nil
}
