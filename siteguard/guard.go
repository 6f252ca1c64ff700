package siteguard

import (
	"context"
	"sync"
	"time"

	"db-migrate/database"
)

// Source is where the guard finds the database.
type Source interface {
	// Site is the open database's; nil: its driver feels nothing of a site.
	Site() (database.Site, error)
}

const (
	// tick is how often the database is probed, and a decision made.
	tick = 100 * time.Millisecond
	// idle is after how long without work the probe's connections are closed.
	idle = 15 * time.Second
	// readyTime bounds how long the first decision is waited for.
	readyTime = 2 * time.Second
)

// Guard is the component that says how much a migration may have now. It looks at the
// database as long as anybody asks it, and keeps nothing: a worker that is started anew
// finds the same by looking again.
type Guard struct {
	// Source is the database, Settings what the worker's configuration asks for.
	Source   Source
	Settings Settings
	// Now is the clock; nil: the system's. Log gets a line when work begins to wait and
	// when it goes on; nil: nobody does.
	Now func() time.Time
	Log func(line string)

	mutex    sync.Mutex
	settings *Settings
	// wishes are what was set while the migration runs, beside the configuration.
	wishes  map[string]string
	last    Decision
	decided time.Time
	asked   time.Time
	// ready is closed once the first decision was made since the guard has looked; nil:
	// it does not look. stop ends the looking, and stopped is closed then.
	ready, stopped chan struct{}
	stop           context.CancelFunc
	// heard is when wishes were asked for last. told: the log says that work is slow.
	heard time.Time
	told  bool
}

func (g *Guard) now() time.Time {
	if g.Now != nil {
		return g.Now()
	}
	return time.Now()
}

// Decision is the newest decision. It costs next to nothing, and makes the guard look at
// the database if it does not.
func (g *Guard) Decision() Decision {
	if g == nil {
		return Off()
	}
	g.mutex.Lock()
	defer g.mutex.Unlock()
	now := g.now()
	g.asked = now
	g.look()
	switch {
	case g.effective().Off:
		return Off()
	case g.decided.IsZero():
		return Decision{Share: cautious, Reason: "the database was not looked at yet"}
	case now.Sub(g.decided) > stale:
		decision := g.last
		if decision.Share > cautious {
			decision.Share, decision.Reason = cautious, "the database has not answered a probe for "+span(now.Sub(g.decided))
		}
		return decision
	}
	return g.last
}

// Last is the newest decision, if there was work lately. It does not make the guard look.
func (g *Guard) Last() (Decision, bool) {
	if g == nil {
		return Decision{}, false
	}
	g.mutex.Lock()
	defer g.mutex.Unlock()
	return g.last, g.ready != nil && !g.decided.IsZero() && !g.effective().Off
}

// Ready waits until the guard has looked at the database, for two seconds at most.
func (g *Guard) Ready(ctx context.Context) {
	if g == nil {
		return
	}
	g.Decision()
	g.mutex.Lock()
	ready := g.ready
	g.mutex.Unlock()
	if ready == nil {
		return
	}
	late := time.NewTimer(readyTime)
	defer late.Stop()
	select {
	case <-ready:
	case <-late.C:
	case <-ctx.Done():
	}
}

// Wish changes settings beside the worker's configuration, by their keys: all of them
// that hold from now on. What cannot be read is left as it was, and returned.
func (g *Guard) Wish(wishes map[string]string) error {
	if g == nil {
		return nil
	}
	g.mutex.Lock()
	defer g.mutex.Unlock()
	if sameTexts(g.wishes, wishes) {
		return nil
	}
	settings, err := g.Settings.With(wishes)
	if err != nil {
		return err
	}
	g.wishes, g.settings = wishes, &settings
	return nil
}

func sameTexts(one, other map[string]string) bool {
	if len(one) != len(other) {
		return false
	}
	for key, text := range one {
		if said, found := other[key]; !found || said != text {
			return false
		}
	}
	return true
}

// hearEvery is how often somebody who is slowed down asks whether other settings hold.
const hearEvery = 2 * time.Second

// ShouldHear reports, to one of all that ask, that it is time to ask the run for its
// settings: while work is held back, none comes that would bring them.
func (g *Guard) ShouldHear() bool {
	if g == nil {
		return false
	}
	g.mutex.Lock()
	defer g.mutex.Unlock()
	now := g.now()
	if !g.last.Slowed() || now.Sub(g.heard) < hearEvery {
		return false
	}
	g.heard = now
	return true
}

// Effective are the settings that hold now.
func (g *Guard) Effective() Settings {
	g.mutex.Lock()
	defer g.mutex.Unlock()
	return g.effective()
}

func (g *Guard) effective() Settings {
	if g.settings != nil {
		return *g.settings
	}
	return g.Settings
}

// look begins to look at the database, unless it does so already.
func (g *Guard) look() {
	if g.ready != nil || g.effective().Off {
		return
	}
	ctx, stop := context.WithCancel(context.Background())
	g.stop, g.ready, g.stopped, g.decided, g.last = stop, make(chan struct{}), make(chan struct{}), time.Time{}, Off()
	go g.run(ctx, g.ready, g.stopped)
}

// run looks until nobody has asked for a while.
func (g *Guard) run(ctx context.Context, ready, stopped chan struct{}) {
	defer close(stopped)
	watching := g.watch()
	defer watching.close()
	ticker := time.NewTicker(tick)
	defer ticker.Stop()
	for first := true; ; first = false {
		watching.look(ctx, first)
		if !g.take(watching) || ctx.Err() != nil {
			g.rest(ready)
			return
		}
		if first {
			close(ready)
		}
		select {
		case <-ticker.C:
		case <-ctx.Done():
		}
	}
}

// take makes the decision of what was seen, and reports whether anybody wants it.
func (g *Guard) take(from *watch) bool {
	g.mutex.Lock()
	defer g.mutex.Unlock()
	now := g.now()
	from.judge.settings = g.effective()
	before := g.last
	g.last, g.decided = from.judge.decide(now), now
	g.tellChange(before, g.last)
	return now.Sub(g.asked) < idle && !g.effective().Off
}

// rest lets the next one who asks begin anew.
func (g *Guard) rest(ready chan struct{}) {
	g.mutex.Lock()
	defer g.mutex.Unlock()
	if g.ready != ready {
		return
	}
	select {
	case <-ready:
	default:
		close(ready)
	}
	g.ready, g.stop = nil, nil
}

// plainlySlow is the share below which the log says so.
const plainlySlow = 0.7

// tellChange says in the log when work begins to wait or to be slow, and when it goes on.
func (g *Guard) tellChange(before, now Decision) {
	switch {
	case now.Share <= 0 && before.Share > 0, !g.told && now.Share < plainlySlow:
		g.told = true
		g.log("site-guard: " + now.Words())
	case g.told && !now.Slowed():
		g.told = false
		g.log("site-guard: full speed again")
	}
}

func (g *Guard) log(line string) {
	if g.Log != nil {
		g.Log(line)
	}
}

// Close ends the looking.
func (g *Guard) Close() {
	g.mutex.Lock()
	stop, stopped := g.stop, g.stopped
	g.mutex.Unlock()
	if stop != nil {
		stop()
		<-stopped
	}
}
