package httpx

import (
	"context"
	"log/slog"
)

// LogEvents returns an observer that writes each event to logger: what failed
// at level Warn, the rest at level.
//
//	stop := pool.Observe(httpx.LogEvents(slog.Default(), slog.LevelDebug))
func LogEvents(logger *slog.Logger, level slog.Level) func(Event) {
	return func(e Event) {
		at := level
		if e.Err != nil || e.Kind == EventDialFailed {
			at = max(level, slog.LevelWarn)
		}
		logger.LogAttrs(context.Background(), at, "httpx: "+e.Kind.String(), e.attrs()...)
	}
}

// attrs gives the fields of an event that are set.
func (e Event) attrs() []slog.Attr {
	attrs := make([]slog.Attr, 0, 12)
	add := func(set bool, a slog.Attr) {
		if set {
			attrs = append(attrs, a)
		}
	}
	add(e.Connection != 0, slog.Uint64("connection", e.Connection))
	add(e.Request != 0, slog.Uint64("request", e.Request))
	add(e.Method != "", slog.String("method", e.Method))
	add(e.URL != "", slog.String("url", e.URL))
	add(e.URL == "" && e.Origin != "", slog.String("origin", e.Origin))
	add(len(e.Route) > 0, slog.Any("route", e.Route))
	add(e.Status != 0, slog.Int("status", e.Status))
	add(e.Reused, slog.Bool("reused", true))
	add(e.Duration != 0, slog.Duration("duration", e.Duration))
	add(e.Reason != "", slog.String("reason", e.Reason))
	add(e.Err != nil, slog.Any("error", e.Err))
	add(e.Dropped != 0, slog.Uint64("dropped", e.Dropped))
	return attrs
}
