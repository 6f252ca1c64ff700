package anytable

import (
	"errors"
	"fmt"
	"slices"

	"pgregory.net/rapid"

	"db-migrate/activities"
	"db-migrate/workflows"
)

// Check draws a case of a database, runs it and judges it.
func check(t *rapid.T, d dialect, tally *tally) {
	one := draw(t, d)
	t.Logf("\n%s", one)
	try(t, one, tally)
}

// try runs a case and judges it.
func try(t *rapid.T, one drawn, tally *tally) {
	base, copied := one.table.dialect.place(t, 0), one.table.dialect.place(t, 1)
	one.make(t, base)
	one.make(t, copied)
	oracle := newOracle(t, one, copied)
	script := &script{left: slices.Clone(one.way.disturbances)}
	w := &world{t: t, site: base, migration: one.change.migration(), way: one.way, script: script, folder: folder(t), failures: map[string]string{}}
	w.site.options = one.options(base)
	script.site = func(happening disturbance) { siteWrite(base, one.table, happening) }
	script.cancelled = func() { w.cancelRun() }
	trial := &trial{t: t, drawn: one, oracle: oracle, world: w, base: base, before: content(t, base, one.table)}
	if found := content(t, copied, one.table); !slices.Equal(found, trial.before) {
		t.Fatalf("the copy is another one:\n%s", differences(trial.before, found))
	}
	tally.count(trial.run())
}

// trial is a case on its way.
type trial struct {
	t      *rapid.T
	drawn  drawn
	oracle *oracle
	world  *world
	base   site
	before []string
}

// run returns why db-migrate has refused the case; empty: it has done the work.
func (r *trial) run() string {
	defer r.world.close()
	if refused := r.refused(r.world.open()); refused != "" {
		return refused
	}
	settings, err := r.world.settings(r.oracle.extent)
	if refused := r.refused(err); refused != "" {
		return refused
	}
	summary, err := r.runs(settings)
	if err != nil {
		r.t.Fatalf("the run ends with an error: %v", err)
	}
	if r.world.endless != "" {
		r.t.Fatalf("the run does not end: %s", r.world.endless)
	}
	if summary.Phase != workflows.PhaseCompleted {
		return r.refused(&refusal{summary.Reason})
	}
	r.judge(summary)
	r.follow(settings)
	return ""
}

// refused holds a refusal to the rule that nothing was written, and that there is a reason.
func (r *trial) refused(err error) string {
	var refused *refusal
	if err == nil {
		return ""
	}
	if !errors.As(err, &refused) {
		r.t.Fatalf("an error that is no refusal: %v", err)
	}
	if refused.reason == "" {
		r.t.Fatalf("refused without a reason")
	}
	r.world.script.end()
	r.world.running.Wait()
	if now := content(r.t, r.base, r.drawn.table); r.world.runs > 0 && len(r.drawn.way.disturbances) == 0 && !slices.Equal(now, r.before) {
		r.t.Fatalf("refused after it has written: %s\n%s", refused.reason, differences(r.before, now))
	}
	r.t.Logf("refused: %s", refused.reason)
	return refused.reason
}

// mostStarts is how often a run is started that is cancelled.
const mostStarts = 6

// runs runs the migration until it is complete, however often it is cancelled.
func (r *trial) runs(settings workflows.Settings) (workflows.Summary, error) {
	var migrated int64
	for range mostStarts {
		summary, err := r.world.run(settings)
		migrated += summary.Migrated
		if err != nil || summary.Phase != workflows.PhaseCancelled {
			summary.Migrated = migrated
			return summary, err
		}
	}
	return workflows.Summary{}, fmt.Errorf("cancelled %d times", mostStarts)
}

// judge compares the table and the totals of a completed run with the oracle's.
func (r *trial) judge(summary workflows.Summary) {
	r.oracle.apply()
	r.oracle.siteWrites(r.world.script.happened)
	r.compare("after the run")
	r.judgeTotals(summary)
	if summary.Left != 0 && r.oracle.left == 0 {
		r.t.Errorf("the run says that %d rows are left, and none is: %s %s", summary.Left, summary.LeftKind, summary.LeftCause)
	}
	if summary.Left == 0 && r.oracle.left > 0 && r.looks() {
		r.t.Errorf("%d rows need the change still, and the run does not say so", r.oracle.left)
	}
	if r.t.Failed() {
		r.t.Logf("%+v", summary)
		r.t.FailNow()
	}
}

// keptBack are rows that a statement without a check and without a condition of its own has
// named and a trigger has kept from it: they fail. One plain statement leaves them out
// without a word, so that the oracle takes them for rows that need nothing.
func (r *trial) keptBack(summary workflows.Summary) int64 {
	if r.drawn.change.need != always || r.drawn.change.form == inGo {
		return 0
	}
	return max(0, summary.Failed-int64(len(r.oracle.failed)))
}

func (r *trial) judgeTotals(summary workflows.Summary) {
	if got, want := summary.Migrated, int64(len(r.oracle.migrated)); got != want {
		r.t.Errorf("the run says that it has migrated %d rows; it is %d", got, want)
	}
	refused := r.keptBack(summary)
	if got, want := summary.Failed, int64(len(r.oracle.failed))+refused; got != want && !r.cancelled() {
		r.t.Errorf("the run says that %d rows failed; it is %d: %v", got, want, r.oracle.failed)
	}
	if got, want := summary.Skipped, int64(r.skipped())-refused; got != want && !r.cancelled() && (r.oracle.extent.lines == nil || r.drawn.change.where == "") {
		r.t.Errorf("the run says that it has skipped %d rows; it is %d", got, want)
	}
	if got, want := summary.Scanned, int64(r.scanned()); got != want && !r.cancelled() && r.drawn.change.where == "" {
		r.t.Errorf("the run says that it has scanned %d rows; it is %d", got, want)
	}
}

// looks reports whether the closing balance can see what is left.
func (r *trial) looks() bool {
	return r.drawn.way.limits.Closing == activities.ClosingFull && r.drawn.change.form != inGo && r.drawn.change.need != always && !r.cancelled()
}

func (r *trial) scanned() int {
	if r.oracle.extent.lines != nil {
		return len(r.oracle.extent.lines)
	}
	return r.oracle.matched
}

func (r *trial) skipped() int {
	repeated := 0
	if r.oracle.extent.lines != nil {
		repeated = r.scanned() - len(slices.Compact(slices.Sorted(slices.Values(r.oracle.scope))))
	}
	return r.oracle.matched + repeated - len(r.oracle.migrated) - len(r.oracle.failed)
}

func (r *trial) cancelled() bool {
	return slices.ContainsFunc(r.world.script.happened, func(one disturbance) bool { return one.what == cancel })
}

// follow runs what comes after the run.
func (r *trial) follow(settings workflows.Settings) {
	r.world.script.mutex.Lock()
	r.world.script.left = nil
	r.world.script.mutex.Unlock()
	switch r.drawn.way.after {
	case again, reset:
		settings.Reset = r.drawn.way.after == reset
		r.startAgain(settings, 0)
	case taken:
		back := fmt.Sprintf("UPDATE %s SET %s = NULL WHERE nr %% 2 = 0", r.drawn.table.tableName(), markColumn)
		_, one := r.base.try(back)
		_, other := r.oracle.copy.try(back)
		if (one == nil) != (other == nil) {
			r.t.Fatalf("the copy differs: %v, %v", one, other)
		}
		r.oracle.apply()
		settings.Again = true
		r.startAgain(settings, len(r.oracle.migrated))
	case undo:
		r.undo()
	}
}

// startAgain starts it once more, and so many rows are left to do.
func (r *trial) startAgain(settings workflows.Settings, rows int) {
	summary, err := r.world.run(settings)
	if err != nil || r.world.endless != "" || summary.Phase != workflows.PhaseCompleted {
		r.t.Fatalf("the second run ends with %v, %s, %s %s", err, r.world.endless, summary.Phase, summary.Reason)
	}
	r.compare("after the second run")
	if summary.Migrated != int64(rows) {
		r.t.Errorf("the second run has migrated %d rows; it is %d", summary.Migrated, rows)
	}
	if r.t.Failed() {
		r.t.Logf("%+v", summary)
		r.t.FailNow()
	}
}

// undo takes it back, by other workers.
func (r *trial) undo() {
	r.world.close()
	r.world.migration = r.drawn.change.undo()
	if err := r.world.open(); err != nil {
		r.t.Fatalf("the undo is refused: %v", err)
	}
	settings, err := r.world.settings(extent{})
	if err != nil {
		r.t.Fatalf("the undo is refused: %v", err)
	}
	r.startAgain(settings, r.oracle.undo())
}

// compare holds the table against the copy.
func (r *trial) compare(when string) {
	want, got := content(r.t, r.oracle.copy, r.drawn.table), content(r.t, r.base, r.drawn.table)
	if !slices.Equal(want, got) {
		r.t.Errorf("%s the table is not as it should be:\n%s", when, differences(want, got))
	}
}

// differences are the lines of two lists that the other does not have.
func differences(want, got []string) string {
	text := ""
	for _, line := range want {
		if !slices.Contains(got, line) {
			text += "  should be: " + line + "\n"
		}
	}
	for _, line := range got {
		if !slices.Contains(want, line) {
			text += "         is: " + line + "\n"
		}
	}
	if text == "" {
		text = fmt.Sprintf("  should be: %q\n         is: %q\n", want, got)
	}
	return text
}
