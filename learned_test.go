package httpx

import (
	"testing"
	"time"
)

func TestLesson(t *testing.T) {
	seconds := func(list ...float64) []time.Duration {
		var d []time.Duration
		for _, s := range list {
			d = append(d, time.Duration(s*float64(time.Second)))
		}
		return d
	}
	for _, test := range []struct {
		name   string
		closes []time.Duration
		want   time.Duration
	}{
		{"nothing seen", nil, forever},
		{"two closes may be chance", seconds(5, 5.5), forever},
		{"three that agree", seconds(5.2, 5.9, 5.1), 4100 * time.Millisecond},
		{"three that do not, as when a server restarts", seconds(1, 20, 44), forever},
		{"it changed its mind", seconds(5, 5, 5, 60), forever},
		{"and settled", seconds(5, 5, 5, 60.2, 60.5, 60.1), 59100 * time.Millisecond},
		{"short ones keep a half", seconds(1, 1.1, 1.2), 500 * time.Millisecond},
	} {
		t.Run(test.name, func(t *testing.T) {
			var l lesson
			for _, d := range test.closes {
				l.closedAfter(d)
			}
			if got := l.keep(); got != test.want {
				t.Errorf("keep %v, want %v", got, test.want)
			}
		})
	}
}

func TestLessonsAreBounded(t *testing.T) {
	var s lessons
	for i := range 3 * maxLessons {
		s.of(poolKey{origin: origin{"http", string(rune('a' + i))}})
	}
	if n := len(s.known); n > maxLessons {
		t.Errorf("%d lessons are kept, want at most %d", n, maxLessons)
	}
}
