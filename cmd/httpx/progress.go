package main

import (
	"io"
	"sync"
	"time"

	"github.com/schollz/progressbar/v3"
)

// moment is how long a download may take before its progress is shown.
const moment = 300 * time.Millisecond

// A progress counts what goes to w, and shows a bar on a screen once that has
// taken longer than a moment: also where nothing arrives, so that one sees so.
type progress struct {
	w      io.Writer
	screen io.Writer
	size   int64 // -1: not known

	mu     sync.Mutex // guards all below, and the screen
	timer  *time.Timer
	bar    *progressbar.ProgressBar // nil until the moment is over
	n      int64
	closed bool
}

func newProgress(w, screen io.Writer, size int64) *progress {
	p := &progress{w: w, screen: screen, size: size}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.timer = time.AfterFunc(moment, p.show)
	return p
}

func (p *progress) show() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return
	}
	p.bar = progressbar.NewOptions64(p.size,
		progressbar.OptionSetWriter(p.screen),
		progressbar.OptionShowBytes(true),
		progressbar.OptionShowTotalBytes(true),
		progressbar.OptionUseIECUnits(true),
		progressbar.OptionSetWidth(30),
		progressbar.OptionThrottle(100*time.Millisecond),
		progressbar.OptionSpinnerType(14),
		progressbar.OptionSetRenderBlankState(true),
		progressbar.OptionClearOnFinish(),
	)
	p.bar.Add64(p.n)
}

func (p *progress) Write(b []byte) (int, error) {
	n, err := p.w.Write(b)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.n += int64(n)
	if p.bar != nil {
		p.bar.Add64(int64(n)) // a screen that is gone is no reason to stop
	}
	return n, err
}

// close takes the bar off the screen.
func (p *progress) close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.closed = true
	p.timer.Stop()
	if p.bar != nil {
		p.bar.Finish() // ends its goroutine too
		p.bar.Clear()
	}
}
