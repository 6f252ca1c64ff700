package siteguard

import (
	"context"
	"errors"
	"time"

	"db-migrate/database"
)

const (
	// probeTime bounds one statement of the probe.
	probeTime = time.Second
	// lookEvery and askEvery are how often signs are looked at, and the user's query is
	// asked.
	lookEvery = 500 * time.Millisecond
	askEvery  = time.Second
	// firstProbes come in a row, before the first work: the best of them is how the
	// database answers without it.
	firstProbes = 10
	// reopenEvery is how long a probe that could not be opened is let be.
	reopenEvery = 2 * time.Second
)

// watch is one stretch of looking at the database.
type watch struct {
	guard *Guard
	judge *judge
	site  database.Site
	probe database.SiteProbe
	// noCommit: the database has no transactions for the probe.
	noCommit                bool
	opened, looked, queried time.Time
	round                   int
	told                    map[string]bool
}

func (g *Guard) watch() *watch {
	g.mutex.Lock()
	settings := g.effective()
	g.mutex.Unlock()
	w := &watch{guard: g, told: map[string]bool{}}
	if g.Source != nil {
		w.site, _ = g.Source.Site() // the database was closed: nothing is at work then
	}
	w.judge = newJudge(settings, w.site != nil, g.now())
	return w
}

// look looks at what is due.
func (w *watch) look(ctx context.Context, first bool) {
	if w.site == nil || !w.open(ctx) {
		return
	}
	now := w.guard.now()
	if now.Sub(w.looked) >= lookEvery {
		w.looked = now
		w.lookAtSigns(ctx)
	}
	if w.judge.settings.Query != "" && now.Sub(w.queried) >= askEvery {
		w.queried = now
		w.askQuery(ctx)
	}
	probes := 1
	if first {
		probes = firstProbes
	}
	for range probes {
		w.feel(ctx)
	}
}

// open opens the probe, again after a while if that fails.
func (w *watch) open(ctx context.Context) bool {
	now := w.guard.now()
	if w.probe != nil {
		return true
	}
	if now.Sub(w.opened) < reopenEvery {
		return false
	}
	w.opened = now
	opening, cancel := context.WithTimeout(ctx, readyTime)
	defer cancel()
	probe, err := w.site.OpenProbe(opening, database.ProbeOptions{Replicas: w.judge.settings.Replicas, Timeout: probeTime})
	if err != nil {
		w.judge.probed(w.guard.now(), &w.judge.read, 0, err)
		return false
	}
	w.probe = probe
	return true
}

// feel reads, and every other time commits, as the site does.
func (w *watch) feel(ctx context.Context) {
	w.round++
	w.measure(ctx, &w.judge.read, w.probe.Read)
	if w.noCommit || w.round%2 == 0 {
		return
	}
	w.measure(ctx, &w.judge.commit, w.probe.Commit)
}

func (w *watch) measure(ctx context.Context, into *pulse, do func(context.Context) error) {
	within, cancel := context.WithTimeout(ctx, probeTime)
	defer cancel()
	began := w.guard.now()
	err := do(within)
	if ctx.Err() != nil {
		return
	}
	if errors.Is(err, errors.ErrUnsupported) {
		w.noCommit = true
		return
	}
	ended := w.guard.now()
	w.judge.probed(ended, into, max(ended.Sub(began), time.Microsecond), err)
}

func (w *watch) lookAtSigns(ctx context.Context) {
	within, cancel := context.WithTimeout(ctx, probeTime)
	defer cancel()
	signs, err := w.probe.Look(within)
	if ctx.Err() != nil {
		return
	}
	w.judge.saw(w.guard.now(), signs, err)
	for _, note := range signs.Notes {
		if !w.told[note] {
			w.told[note] = true
			w.guard.log("site-guard: " + note)
		}
	}
}

func (w *watch) askQuery(ctx context.Context) {
	within, cancel := context.WithTimeout(ctx, probeTime)
	defer cancel()
	text, found, err := w.probe.Ask(within, w.judge.settings.Query)
	if ctx.Err() == nil {
		w.judge.answered(text, found, err)
	}
}

func (w *watch) close() {
	if w.probe != nil {
		_ = w.probe.Close() // nothing was written by it
	}
}
