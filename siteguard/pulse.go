package siteguard

import (
	"math"
	"time"
)

const (
	// feltTime is the time constant of what is felt now: three quarters of it are of the
	// last 0.7 s.
	feltTime = 500 * time.Millisecond
	// outlier is how many limits one answer counts at most: a single hiccup (a
	// checkpoint) is no verdict, two in a row are.
	outlier = 3
	// baseSpan is how long an answer stays the best one known, in baseParts parts.
	baseSpan  = 10 * time.Minute
	baseParts = 10
)

// pulse is how quickly the database answers one kind of probe: the best of a long
// window, as TCP Vegas and BBR keep a least round-trip time, and what is felt now.
type pulse struct {
	parts [baseParts]struct {
		number int64
		best   time.Duration
	}
	// felt is a moving average in seconds.
	felt float64
	at   time.Time
}

// known reports whether anything was answered yet.
func (p *pulse) known() bool { return !p.at.IsZero() }

// observe notes an answer.
func (p *pulse) observe(at time.Time, took time.Duration, limits limits) {
	number := at.UnixNano() / int64(baseSpan/baseParts)
	part := &p.parts[number%baseParts]
	if part.number != number || took < part.best {
		part.number, part.best = number, took
	}
	if limit := p.limit(at, limits); limit > 0 {
		took = min(took, time.Duration(outlier*limit*float64(time.Second)))
	}
	if !p.known() {
		p.felt, p.at = took.Seconds(), at
		return
	}
	weight := 1 - math.Exp(-min(at.Sub(p.at), time.Second).Seconds()/feltTime.Seconds())
	p.felt += weight * (took.Seconds() - p.felt)
	p.at = at
}

// base is the best answer of the window; 0: none is known.
func (p *pulse) base(now time.Time) time.Duration {
	number := now.UnixNano() / int64(baseSpan/baseParts)
	var best time.Duration
	for _, part := range p.parts {
		if part.best > 0 && number-part.number < baseParts && (best == 0 || part.best < best) {
			best = part.best
		}
	}
	return best
}

// limits say how long an answer may take: fixed, or by the best one.
type limits struct {
	fixed  time.Duration
	factor float64
	beside time.Duration
}

// limitsOf are those of the settings. Where nobody can tell whether a site is there, the
// automatic one is wider: it would else slow down a migration that is alone.
func limitsOf(settings Settings, told bool) limits {
	if told {
		return limits{fixed: settings.Latency, factor: 2, beside: time.Millisecond}
	}
	return limits{fixed: settings.Latency, factor: 4, beside: 5 * time.Millisecond}
}

// limit is how long an answer may take, in seconds; 0: not known yet.
func (p *pulse) limit(now time.Time, limits limits) float64 {
	if limits.fixed > 0 {
		return limits.fixed.Seconds()
	}
	base := p.base(now)
	if base == 0 {
		return 0
	}
	return limits.factor*base.Seconds() + limits.beside.Seconds()
}

// load is what is felt in relation to what may be felt; 0: nothing is known.
func (p *pulse) load(now time.Time, limits limits) float64 {
	limit := p.limit(now, limits)
	if !p.known() || limit == 0 {
		return 0
	}
	return p.felt / limit
}
