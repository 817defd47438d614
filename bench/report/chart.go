package report

import (
	"fmt"
	"slices"

	"github.com/go-analyze/charts"

	"github.com/gohttpx/httpx/bench/trial"
)

// What the chart shows of a table, in the order of the bars.
var shown = []struct{ client, label string }{
	{sendInto, "httpx"},
	{tripper, "httpx as http.RoundTripper"},
	{fasthttp, "fasthttp"},
	{"hertz", "hertz"},
	{standard, "net/http"},
}

// The chart stands on a page that is dark or light: its ground is transparent,
// and its colours are told from either.
var (
	ink       = charts.Color{R: 0x7d, G: 0x85, B: 0x90, A: 0xff}
	faint     = charts.Color{R: 0x7d, G: 0x85, B: 0x90, A: 0x55}
	barColors = []charts.Color{
		{R: 0x1f, G: 0x9e, B: 0x77, A: 0xff},
		{R: 0x6c, G: 0xc5, B: 0xa8, A: 0xff},
		{R: 0xe0, G: 0x9f, B: 0x3e, A: 0xff},
		{R: 0xb0, G: 0x7a, B: 0xc8, A: 0xff},
		{R: 0xd8, G: 0x5c, B: 0x5c, A: 0xff},
	}
)

// labels are the scenarios' names where there is little room.
var labels = map[string]string{
	"tiny-1":        "tiny, 1 connection",
	"tiny-64":       "tiny, 64 connections",
	"tiny-256-32":   "tiny, 256 callers over 32",
	"64k-8":         "64 KiB",
	"64k-chunked-8": "64 KiB, chunked",
	"post-16k-8":    "POST of 16 KiB, echoed",
	"tls-64":        "TLS 1.3, tiny",
	"once-8":        "a connection a request",
	"cancel-64":     "a context to cancel",
}

// Chart draws the CPU time per request of the clients, raw being 1, as SVG.
func (t *Table) Chart() ([]byte, error) { return t.draw(charts.ChartOutputSVG) }

func (t *Table) draw(format string) ([]byte, error) {
	// The axis of the categories grows upwards.
	upwards := slices.Clone(t.Scenarios)
	slices.Reverse(upwards)
	var data [][]float64
	var names []string
	for _, c := range shown {
		var row []float64
		any := false
		for _, s := range upwards {
			if !t.has(s.Name, c.client) || !t.has(s.Name, raw) {
				row = append(row, charts.GetNullValue())
				continue
			}
			any = true
			row = append(row, t.quotient(s.Name, c.client, raw).best)
		}
		if any {
			data = append(data, row)
			names = append(names, c.label+spare)
		}
	}
	if len(data) == 0 {
		return nil, fmt.Errorf("nothing to draw: the table has no %s", raw)
	}
	theme := charts.MakeTheme(charts.ThemeOption{
		AxisStrokeColor:    ink,
		AxisSplitLineColor: faint,
		BackgroundColor:    charts.ColorTransparent,
		TextColor:          ink,
		SeriesColors:       barColors,
	})
	option := charts.NewBarChartOptionWithData(data)
	option.Horizontal = true
	option.Theme = theme
	option.Padding = charts.NewBoxEqual(12)
	option.BarMargin = new(float64) // none: the bars of a scenario stand together
	option.Title.Text = "CPU time per request, hand-written sockets = 1"
	option.Title.FontStyle.FontSize = 13
	option.Legend.SeriesNames = names
	option.Legend.FontStyle.FontSize = 10
	option.Legend.Offset = charts.OffsetStr{Top: "32", Left: charts.PositionLeft}
	option.CategoryAxis.Labels = categories(upwards)
	option.CategoryAxis.LabelFontStyle.FontSize = 10
	zero := 0.0
	option.ValueAxis = []charts.ValueAxisOption{{
		Min:            &zero,
		LabelFontStyle: charts.FontStyle{FontSize: 10},
		ValueFormatter: func(v float64) string { return fmt.Sprintf("%.1f", v) },
	}}
	painter := charts.NewPainter(charts.PainterOptions{OutputFormat: format, Width: 860, Height: 120 + 72*len(t.Scenarios)})
	if err := painter.BarChart(option); err != nil {
		return nil, fmt.Errorf("drawing the chart: %w", err)
	}
	return painter.Bytes()
}

// spare is room behind a text: the page's font may be wider than that which the
// chart is laid out with.
const spare = "    "

func categories(scenarios []trial.Scenario) []string {
	var names []string
	for _, s := range scenarios {
		name, ok := labels[s.Name]
		if !ok {
			name = s.Name
		}
		names = append(names, name+spare)
	}
	return names
}
