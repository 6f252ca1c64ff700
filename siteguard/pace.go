package siteguard

import (
	"math"
	"time"
)

const (
	// retreat is how fast the pace falls, by e a second, for a load of twice the limit.
	retreat = 1.2
	// worstLoad bounds the load that counts, so that one hang is no end.
	worstLoad = 1 + 1.5
	// advance is how fast it rises where the load is less than ease below the limit.
	advance = 0.6
	ease    = 0.3
	// creep is how much a second the pace rises in any case. At the limit it is what the
	// retreat takes back, so that workers which feel the same come to the same pace.
	creep = 0.03
	// leastPace is what latency alone leaves: the migration must end some day.
	leastPace = 0.05
	// alonePace is the least of it while nobody else is there.
	alonePace = 0.2
	// longestStep bounds what one sample may do after a pause.
	longestStep = 500 * time.Millisecond
)

// pace is the share that latency leaves: it rises steadily and falls in proportion, as
// TCP's windows do.
type pace struct {
	share float64
	at    time.Time
}

// step follows the load at that time; 1 is the limit.
func (p *pace) step(now time.Time, load float64, alone bool) {
	passed := min(max(now.Sub(p.at), 0), longestStep).Seconds()
	if p.at.IsZero() {
		p.share, passed = 1, 0
	}
	p.at = now
	if load > 1 {
		p.share *= math.Exp(-retreat * (min(load, worstLoad) - 1) * passed)
	}
	room := min(max((1-load)/ease, 0), 1)
	p.share += (creep + advance*(0.1+p.share)*room) * passed
	least := leastPace
	if alone {
		least = alonePace
	}
	p.share = min(max(p.share, least), 1)
}
