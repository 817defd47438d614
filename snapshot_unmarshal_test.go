package httpx

import (
	"encoding/json"
	"reflect"
	"testing"

	"github.com/gohttpx/httpx/network/networktest"
)

// A snapshot survives its JSON.
func TestSnapshotJSON(t *testing.T) {
	onPool(t, PoolOptions{MaxConnections: 2}, silent, func(t *testing.T, p *ConnectionPool, _ *networktest.Network) {
		for range 3 {
			go p.Request(t.Context(), "GET", "http://www.example.com/")
		}
		wantText(t, p, "<ConnectionPool [2 active, 1 waiting]>")
		want := p.Snapshot()
		data, err := json.Marshal(want)
		if err != nil {
			t.Fatal(err)
		}
		var got PoolSnapshot
		if err := json.Unmarshal(data, &got); err != nil {
			t.Fatal(err)
		}
		if want.Time.Equal(got.Time) {
			want.Time = got.Time // without the monotonic clock
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%+v became %+v", want, got)
		}
		p.Close()
		for _, c := range p.Connections() {
			c.Close()
		}
	})
}

func TestUnmarshalWords(t *testing.T) {
	for s := Connecting; s <= Closed; s++ {
		var got State
		if text, _ := s.MarshalText(); got.UnmarshalText(text) != nil || got != s {
			t.Errorf("%s became %s", text, got)
		}
	}
	for p := PhaseQueue; p <= PhaseDone; p++ {
		var got Phase
		if text, _ := p.MarshalText(); got.UnmarshalText(text) != nil || got != p {
			t.Errorf("%s became %s", text, got)
		}
	}
	for p := NotSent; p <= Answered; p++ {
		var got Progress
		if text, _ := p.MarshalText(); got.UnmarshalText(text) != nil || got != p {
			t.Errorf("%s became %s", text, got)
		}
	}
	wantWords(t, new(State).UnmarshalText([]byte("gone")), "state", `"gone"`)
	wantWords(t, new(Phase).UnmarshalText(nil), "phase", `""`)
	wantWords(t, new(Progress).UnmarshalText([]byte("half")), "progress", `"half"`)
}
