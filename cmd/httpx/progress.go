package main

import (
	"io"
	"sync/atomic"
	"time"

	"github.com/schollz/progressbar/v3"
)

// moment is how long a download may take before its progress is shown.
const moment = 300 * time.Millisecond

// A progress counts what goes to w, and shows a bar on a screen once that has
// taken longer than a moment: also where nothing arrives, so that one sees so.
type progress struct {
	w     io.Writer
	bar   *progressbar.ProgressBar
	timer *time.Timer
}

// newProgress begins to count. size is how many bytes are expected, -1 where
// that is not known.
func newProgress(w, screen io.Writer, size int64) *progress {
	curtain := &curtain{w: screen}
	p := &progress{w: w}
	p.bar = progressbar.NewOptions64(size,
		progressbar.OptionSetWriter(curtain),
		progressbar.OptionShowBytes(true),
		progressbar.OptionShowTotalBytes(true),
		progressbar.OptionShowCount(),
		progressbar.OptionUseIECUnits(true),
		progressbar.OptionSetWidth(30),
		progressbar.OptionThrottle(100*time.Millisecond),
		progressbar.OptionSpinnerType(14),
		progressbar.OptionSetSpinnerChangeInterval(0), // it turns as bytes arrive, without a goroutine
		progressbar.OptionClearOnFinish(),
	)
	p.bar.StartWithoutRender()
	p.timer = time.AfterFunc(moment, func() {
		curtain.isOpen.Store(true)
		p.bar.Add64(0)
	})
	return p
}

func (p *progress) Write(b []byte) (int, error) {
	n, err := p.w.Write(b)
	p.bar.Add64(int64(n)) // a screen that is gone is no reason to stop
	return n, err
}

// close takes the bar off the screen.
func (p *progress) close() {
	p.timer.Stop()
	p.bar.Finish() // which clears it
}

// A curtain keeps what is drawn from the screen until it is open.
type curtain struct {
	w      io.Writer
	isOpen atomic.Bool
}

func (c *curtain) Write(b []byte) (int, error) {
	if !c.isOpen.Load() {
		return len(b), nil
	}
	return c.w.Write(b)
}
