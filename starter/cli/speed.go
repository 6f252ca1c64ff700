package cli

import (
	"fmt"
	"time"

	"github.com/dustin/go-humanize"

	"db-migrate/board"
)

// speedometer measures rows a second over the last seconds.
type speedometer struct{ samples []sample }

type sample struct {
	at   time.Time
	done int64
}

// speedWindow is over how long the speed is measured: batches end in bursts.
const speedWindow = 20 * time.Second

func (s *speedometer) add(at time.Time, done int64) {
	s.samples = append(s.samples, sample{at, done})
	for len(s.samples) > 2 && at.Sub(s.samples[0].at) > speedWindow {
		s.samples = s.samples[1:]
	}
}

// perSecond is the speed; 0: unknown.
func (s *speedometer) perSecond() float64 {
	if len(s.samples) < 2 {
		return 0
	}
	first, last := s.samples[0], s.samples[len(s.samples)-1]
	seconds := last.at.Sub(first.at).Seconds()
	if seconds < 1 {
		return 0
	}
	return float64(last.done-first.done) / seconds
}

// text is the speed and how long the rest will take at it.
func (s *speedometer) text(left int64, rate float64) string {
	speed := s.perSecond()
	if speed <= 0 {
		return ""
	}
	rest := time.Duration(float64(left) / speed * float64(time.Second))
	if rate > 0 {
		rest = max(rest, time.Duration(float64(left)/rate*float64(time.Second)))
	}
	about := "about "
	if rest < time.Second {
		about = "" // it is «less than a second»
	}
	return fmt.Sprintf("%s/s, %s%s left", humanize.Comma(int64(speed)), about, board.Elapsed(max(0, rest)))
}
