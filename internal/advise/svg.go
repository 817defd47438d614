package advise

import (
	"encoding/xml"
	"fmt"
	"io"
	"strings"
	"time"
)

// The picture is a row of panels for each limit, and in each panel a bar for
// each value of it. All sizes are in pixels.
const (
	panelWidth  = 280
	panelHeight = 120 // of the bars
	panelGap    = 24
	rowHeight   = panelHeight + 76
	margin      = 20
)

// A measure is what the bars of a panel show.
type measure struct {
	name string
	of   func(Result) float64
	text func(float64) string
}

var measures = []measure{
	{"wait, p99", func(r Result) float64 { return float64(r.Waits.P99) }, func(v float64) string { return short(time.Duration(v)).String() }},
	{"dials", func(r Result) float64 { return float64(r.Dials) }, func(v float64) string { return fmt.Sprintf("%.0f", v) }},
	{"idle memory", func(r Result) float64 { return float64(r.IdleMemory()) }, func(v float64) string { return size(int64(v)) }},
}

// WriteSVG draws the study.
func (s *Study) WriteSVG(w io.Writer) error {
	p := new(picture)
	width := 2*margin + len(measures)*panelWidth + (len(measures)-1)*panelGap
	height := 2*margin + len(s.Sweeps)*rowHeight
	p.printf(`<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" viewBox="0 0 %[1]d %[2]d" role="img">`, width, height)
	p.printf(`<title>What other limits would have meant</title>`)
	p.printf(`<style>%s</style>`, style)
	p.printf(`<rect class="page" width="%d" height="%d"/>`, width, height)
	for i, sweep := range s.Sweeps {
		for j, m := range measures {
			p.panel(margin+j*(panelWidth+panelGap), margin+i*rowHeight, sweep, m, s.Trace.Limits)
		}
	}
	p.printf(`</svg>`)
	_, err := io.WriteString(w, p.String())
	return err
}

const style = `
text { font: 12px system-ui, sans-serif; fill: #333 }
.name { font-weight: 600 }
.small { font-size: 10px; text-anchor: middle }
.bar { fill: #9db4c8 }
.recorded { fill: #2f6f9f }
.page { fill: #fff }
line { stroke: #999 }
@media (prefers-color-scheme: dark) {
text { fill: #ddd }
.bar { fill: #4a5d6e }
.recorded { fill: #6fb3e0 }
.page { fill: #16191c }
}
`

type picture struct{ strings.Builder }

func (p *picture) printf(format string, args ...any) { fmt.Fprintf(p, format+"\n", args...) }

// panel draws one measure of a sweep. The recorded value's bar is the dark one.
func (p *picture) panel(x, y int, sweep Sweep, m measure, recorded Limits) {
	p.printf(`<text class="name" x="%d" y="%d">%s</text>`, x, y+12, escape(m.name+" by "+sweep.Axis.String()))
	top, bottom := y+40, y+40+panelHeight
	var most float64
	for _, r := range sweep.Results {
		most = max(most, m.of(r))
	}
	each := float64(panelWidth) / float64(len(sweep.Results))
	for i, r := range sweep.Results {
		value := m.of(r)
		var high float64
		if most > 0 {
			high = value / most * panelHeight
		}
		class := "bar"
		if r.Limits == recorded {
			class = "bar recorded"
		}
		left := float64(x) + float64(i)*each
		middle := left + each/2
		label := sweep.Axis.Text(sweep.Axis.Value(r.Limits))
		p.printf(`<rect class="%s" x="%.1f" y="%.1f" width="%.1f" height="%.1f"><title>%s</title></rect>`,
			class, left+each*0.15, float64(bottom)-high, each*0.7, high, escape(fmt.Sprintf("%s %s: %s", sweep.Axis, label, m.text(value))))
		p.printf(`<text class="small" x="%.1f" y="%.1f">%s</text>`, middle, max(float64(top), float64(bottom)-high)-4, escape(m.text(value)))
		p.printf(`<text class="small" x="%.1f" y="%d">%s</text>`, middle, bottom+14, escape(label))
	}
	p.printf(`<line x1="%d" y1="%d" x2="%d" y2="%[2]d"/>`, x, bottom, x+panelWidth)
}

func escape(text string) string {
	var b strings.Builder
	xml.EscapeText(&b, []byte(text)) // into memory: it cannot fail
	return b.String()
}
