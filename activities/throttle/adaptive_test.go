package throttle

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// simulatedServer is a database with so many cores. A set waits for its latency,
// and then shares the cores with the others for its work.
type simulatedServer struct {
	cores         int
	work, latency time.Duration
	// spread is by how much a set's work varies, crowding how much dearer it is for
	// each other one beyond the cores, and stall a pause that all make once a second.
	spread, crowding float64
	stall            time.Duration
}

// simulation is processes that migrate sets on it, in steps of virtual time.
type simulation struct {
	server    simulatedServer
	processes int
	limit     *adaptiveLimit
	now       time.Time
	random    *rand.Rand
	inHand    []simulatedSet
	// done are the customers migrated, limits how long each limit was in force.
	done   int
	limits map[int]time.Duration
}

type simulatedSet struct {
	began         time.Time
	latency, work time.Duration
}

const (
	simulatedStep      = time.Millisecond
	simulatedCustomers = 1000
)

func newSimulation(server simulatedServer, processes int) *simulation {
	start := time.Unix(0, 0)
	return &simulation{server: server, processes: processes, limit: newAdaptiveLimit(start), now: start, random: rand.New(rand.NewPCG(1, 2))}
}

// run goes on for a time, and returns the customers a second.
func (s *simulation) run(span time.Duration) float64 {
	s.done, s.limits = 0, map[int]time.Duration{}
	for end := s.now.Add(span); s.now.Before(end); {
		s.begin()
		s.limits[s.limit.limit] += simulatedStep
		s.now = s.now.Add(simulatedStep)
		s.step()
	}
	return float64(s.done) / span.Seconds()
}

func (s *simulation) begin() {
	s.limit.changed(s.now, len(s.inHand), s.processes-len(s.inHand))
	s.limit.waited(s.now)
	for len(s.inHand) < min(s.limit.limit, s.processes) {
		work := float64(s.server.work) * (1 + s.server.spread*(2*s.random.Float64()-1))
		s.inHand = append(s.inHand, simulatedSet{s.now, s.server.latency, time.Duration(work)})
	}
	s.limit.changed(s.now, len(s.inHand), s.processes-len(s.inHand))
}

func (s *simulation) step() {
	if s.now.Sub(s.now.Truncate(time.Second)) < s.server.stall {
		return
	}
	busy := 0
	for _, set := range s.inHand {
		if set.latency <= 0 {
			busy++
		}
	}
	share := min(1, float64(s.server.cores)/max(1, float64(busy))) / (1 + s.server.crowding*float64(max(0, busy-s.server.cores)))
	var left []simulatedSet
	for _, set := range s.inHand {
		if set.latency > 0 {
			set.latency -= simulatedStep
		} else {
			set.work -= time.Duration(share * float64(simulatedStep))
		}
		if set.latency > 0 || set.work > 0 {
			left = append(left, set)
			continue
		}
		s.done += simulatedCustomers
		s.limit.finished(set.began, s.now, simulatedCustomers)
	}
	s.inHand = left
}

// share is for which part of the time the limit was between two, both included.
func (s *simulation) share(least, most int) float64 {
	var within, all time.Duration
	for limit, span := range s.limits {
		all += span
		if limit >= least && limit <= most {
			within += span
		}
	}
	return float64(within) / float64(all)
}

// best is the customers a second of the best of some fixed limits.
func best(server simulatedServer, processes int) float64 {
	var found float64
	for _, fixed := range []int{1, 2, 4, 8, 16, processes} {
		simulated := newSimulation(server, fixed)
		simulated.limit.limit, simulated.limit.base = fixed, fixed
		simulated.limit.until = simulated.now.Add(24 * time.Hour)
		found = max(found, simulated.run(10*time.Second))
	}
	return found
}

// TestAsFewSetsAtOnceAsDoAsMuch holds, for databases of all kinds, that nearly all
// that they can do is done, by few sets at once where a few do.
func TestAsFewSetsAtOnceAsDoAsMuch(t *testing.T) {
	for name, test := range map[string]struct {
		server      simulatedServer
		least, most int
		kept        float64
	}{
		"one core":                      {simulatedServer{cores: 1, work: 20 * time.Millisecond}, 1, 1, 0.93},
		"two cores":                     {simulatedServer{cores: 2, work: 20 * time.Millisecond}, 2, 2, 0.93},
		"two cores, short sets":         {simulatedServer{cores: 2, work: 4 * time.Millisecond}, 2, 2, 0.93},
		"two cores, uneven sets":        {simulatedServer{cores: 2, work: 20 * time.Millisecond, spread: 0.5}, 2, 4, 0.9},
		"two cores that dislike crowds": {simulatedServer{cores: 2, work: 20 * time.Millisecond, crowding: 0.02}, 2, 2, 0.93},
		"two cores nearby":              {simulatedServer{cores: 2, work: 10 * time.Millisecond, latency: 5 * time.Millisecond, spread: 0.3}, 2, 8, 0.9},
		"two cores, slow sets":          {simulatedServer{cores: 2, work: 200 * time.Millisecond}, 2, 4, 0.9},
		"a pause in each second":        {simulatedServer{cores: 2, work: 10 * time.Millisecond, stall: 100 * time.Millisecond}, 2, 4, 0.9},
		"eight cores":                   {simulatedServer{cores: 8, work: 20 * time.Millisecond}, 8, 8, 0.9},
		"far away":                      {simulatedServer{cores: 2, work: time.Millisecond, latency: 50 * time.Millisecond}, 16, 20, 0.9},
		"very far away":                 {simulatedServer{cores: 2, work: time.Millisecond, latency: 200 * time.Millisecond}, 16, 20, 0.85},
		"work that waits for seconds":   {simulatedServer{cores: 2, work: time.Millisecond, latency: 2 * time.Second}, 16, 20, 0.7},
	} {
		t.Run(name, func(t *testing.T) {
			simulated := newSimulation(test.server, 20)
			rate := simulated.run(time.Minute)
			require.GreaterOrEqual(t, rate, test.kept*best(test.server, 20), "%v", simulated.limits)
			require.GreaterOrEqual(t, simulated.share(test.least, test.most), 0.8, "%v", simulated.limits)
		})
	}
}

// TestAllProcessesAreAtWorkOnADistantDatabase within about a second.
func TestAllProcessesAreAtWorkOnADistantDatabase(t *testing.T) {
	for _, latency := range []time.Duration{20 * time.Millisecond, 50 * time.Millisecond, 100 * time.Millisecond, 200 * time.Millisecond} {
		simulated := newSimulation(simulatedServer{cores: 4, work: time.Millisecond, latency: latency}, 20)
		simulated.run(1500 * time.Millisecond)
		require.GreaterOrEqual(t, simulated.limit.base, 16, "%s: %v", latency, simulated.limits)
	}
}

// TestTheLimitFollowsTheDatabase up and down.
func TestTheLimitFollowsTheDatabase(t *testing.T) {
	simulated := newSimulation(simulatedServer{cores: 2, work: 20 * time.Millisecond}, 20)
	simulated.run(5 * time.Minute)
	require.Equal(t, 2, simulated.limit.base)
	simulated.server.cores = 16
	simulated.run(2 * longestRest)
	require.Equal(t, 16, simulated.limit.base)
	simulated.server.cores = 1
	simulated.run(2 * longestRest)
	require.Equal(t, 1, simulated.limit.base)
}

// TestALimitThatIsNotReachedStays: the pace, or the number of processes, is what
// limits the work.
func TestALimitThatIsNotReachedStays(t *testing.T) {
	simulated := newSimulation(simulatedServer{cores: 8, work: 20 * time.Millisecond}, 1)
	simulated.run(time.Minute)
	require.Equal(t, 2, simulated.limit.base)
	require.Equal(t, map[int]time.Duration{2: time.Minute}, simulated.limits)
}

// TestAStalledDatabaseIsLeftAsItWas once it answers again.
func TestAStalledDatabaseIsLeftAsItWas(t *testing.T) {
	simulated := newSimulation(simulatedServer{cores: 2, work: 20 * time.Millisecond}, 20)
	simulated.run(30 * time.Second)
	simulated.server.stall = time.Second
	simulated.run(5 * time.Second)
	require.Equal(t, 20, simulated.limit.limit)
	simulated.server.stall = 0
	simulated.run(3 * time.Second)
	require.Equal(t, 2, simulated.limit.base)
}

// TestSetsThatGrowAreNoMeritOfALimit: transactions become larger at the start of a
// run, and with them the customers a second, whatever the limit.
func TestSetsThatGrowAreNoMeritOfALimit(t *testing.T) {
	now := time.Unix(0, 0)
	limit := newAdaptiveLimit(now)
	for customers := 10; customers <= largestTransaction; customers += customers/2 + 1 {
		for range 2 {
			limit.changed(now, limit.limit, 20)
			began := now
			now = now.Add(100 * time.Millisecond)
			limit.changed(now, limit.limit, 20)
			limit.finished(began, now, customers)
		}
		require.Equal(t, firstLimit, limit.limit, "sets of %d", customers)
	}
}
