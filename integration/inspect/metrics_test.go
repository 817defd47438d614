package inspect

import (
	"math"
	"net/http"
	"testing"
	"time"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	"github.com/gohttpx/httpx"
)

// scrape reads the metrics as Prometheus does.
func (v *view) scrape() map[string]*dto.MetricFamily {
	v.t.Helper()
	res, err := http.Get(v.page + "metrics")
	if err != nil {
		v.t.Fatal(err)
	}
	defer res.Body.Close()
	format := expfmt.ResponseFormat(res.Header)
	if format.FormatType() != expfmt.TypeTextPlain {
		v.t.Fatalf("the metrics have the type %q", res.Header.Get("Content-Type"))
	}
	parser := expfmt.NewTextParser(model.LegacyValidation)
	families, err := parser.TextToMetricFamilies(res.Body)
	if err != nil {
		v.t.Fatal(err)
	}
	return families
}

// value finds the value with the labels, which are names and values by turns.
func value(families map[string]*dto.MetricFamily, name string, labels ...string) float64 {
	for _, m := range families[name].GetMetric() {
		got := make(map[string]string)
		for _, pair := range m.GetLabel() {
			got[pair.GetName()] = pair.GetValue()
		}
		fits := true
		for i := 0; i < len(labels); i += 2 {
			fits = fits && got[labels[i]] == labels[i+1]
		}
		if !fits {
			continue
		}
		if families[name].GetType() == dto.MetricType_COUNTER {
			return m.GetCounter().GetValue()
		}
		return m.GetGauge().GetValue()
	}
	return math.NaN()
}

func TestMetricsAreThePools(t *testing.T) {
	v := newView(t, httpx.PoolOptions{MaxConnections: 9, MaxConnectionsPerOrigin: 4, MaxAge: httpx.None, IdleTimeout: 1500 * time.Millisecond})
	for range 2 {
		if _, err := v.pool.Request(v.ctx, "GET", v.plain+"/files/small.bin", httpx.Headers{{"Connection", "close"}}); err != nil {
			t.Fatal(err)
		}
	}
	v.until("both are closed", func() bool { return v.pool.Snapshot().Totals.Closed["request asked to close"] == 2 })
	v.hold(7, httpx.CountsSnapshot{Active: 4, Waiting: 3})
	families := v.scrape()
	for _, want := range []struct {
		value  float64
		name   string
		labels []string
	}{
		{4, "httpx_pool_connections", []string{"state", "active"}},
		{0, "httpx_pool_connections", []string{"state", "idle"}},
		{3, "httpx_pool_waiting", nil},
		{9, "httpx_pool_max_connections", nil},
		{4, "httpx_pool_max_connections_per_origin", nil},
		{math.Inf(1), "httpx_pool_max_age_seconds", nil},
		{1.5, "httpx_pool_idle_timeout_seconds", nil},
		{6, "httpx_pool_opened_total", nil},
		{0, "httpx_pool_reused_total", nil},
		{9, "httpx_pool_waited_total", nil}, // for a dial, too
		{2, "httpx_pool_closed_total", []string{"reason", "request asked to close"}},
		{4, "httpx_origin_connections", []string{"origin", v.plain, "route", "", "state", "active"}},
		{3, "httpx_origin_waiting", []string{"origin", v.plain}},
	} {
		if got := value(families, want.name, want.labels...); got != want.value {
			t.Errorf("%s%v is %v, want %v", want.name, want.labels, got, want.value)
		}
	}
	for name, family := range families {
		if family.GetHelp() == "" || family.GetType() == dto.MetricType_UNTYPED {
			t.Errorf("%s has no help or no type", name)
		}
	}
}
