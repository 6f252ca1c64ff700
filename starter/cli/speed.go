package cli

import (
	"fmt"
	"time"

	"github.com/dustin/go-humanize"

	"db-migrate/board"
	"db-migrate/workflows"
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

// slowest is below which speed nothing is said of the rest: a few rows that end now and
// then tell nothing of the others. A rate that is as low does.
const slowest = 1

// text is the speed and how long the rest will take at it.
func (s *speedometer) text(left int64, rate float64) string {
	speed := s.perSecond()
	switch {
	case speed <= 0:
		return ""
	case speed < slowest && (rate == 0 || rate >= slowest):
		return "less than one a second"
	}
	rest := time.Duration(float64(left) / speed * float64(time.Second))
	if rate > 0 {
		rest = max(rest, time.Duration(float64(left)/rate*float64(time.Second)))
	}
	about := "about "
	if rest < time.Second {
		about = "" // it is «less than a second»
	}
	return fmt.Sprintf("%s/s, %s%s left", speedText(speed), about, board.Elapsed(max(0, rest)))
}

// speedText is the speed without what nobody asks for of it.
func speedText(speed float64) string {
	if speed < slowest {
		return humanize.FtoaWithDigits(speed, 2)
	}
	return humanize.Comma(int64(speed))
}

// rests reports whether the work stands still because the run is paused, or waits for the
// site.
func rests(seen observation) bool {
	if seen.status.Phase == workflows.PhasePaused {
		return true
	}
	waiting := false
	for _, beat := range seen.beats {
		if beat.Beside != nil && beat.Beside.Share > 0 {
			return false
		}
		waiting = waiting || beat.Beside != nil
	}
	return waiting && seen.status.Guarded()
}
