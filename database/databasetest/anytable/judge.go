package anytable

import (
	"errors"
	"fmt"
	"slices"

	"pgregory.net/rapid"

	"db-migrate/activities"
	"db-migrate/migration"
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
	w := newWorld(t, base.driver, one.options(base), one.change.migration(), one.way)
	w.script.site = func(happening disturbance) { siteWrite(base, one.table, happening) }
	tally.count(newTrial(t, newOracle(t, one, base, copied), w).run())
}

// truth is what must come of a case, as the oracle of its database knows it.
type truth interface {
	// known is what the oracle has found out so far.
	known() *outcome
	// apply makes the change on the copy, of all rows that need it now.
	apply()
	// siteWrites repeats the site's writes on the copy.
	siteWrites(happened []disturbance)
	// takeMarksBack is a write of the site's to the table and to the copy.
	takeMarksBack()
	// undo takes the change back on the copy, of so many rows; by is the migration for it.
	undo() (rows int, by migration.Migration)
	// content is all that the copy and the table hold.
	content() (want, got []string)
	// keptBack are failed rows of which the oracle cannot know.
	keptBack(failed int64) int64
	// looks reports whether the closing balance of a whole table can see what is left.
	looks() bool
}

// outcome is what must come of a run.
type outcome struct {
	// extent is which rows the run is about, as the command line has it; scope are their
	// numbers, before the condition, which filtered says that there is.
	extent   extent
	scope    []int
	filtered bool
	// migrated and failed are the numbers of the rows that must be so; matched how many
	// the condition is true of, and left how many need the change still.
	migrated, failed []int
	matched, left    int
}

func (o *outcome) known() *outcome { return o }

// trial is a case on its way.
type trial struct {
	t      *rapid.T
	truth  truth
	world  *world
	before []string
}

// newTrial begins with a table and a copy that hold the same.
func newTrial(t *rapid.T, of truth, w *world) *trial {
	copied, before := of.content()
	if !slices.Equal(copied, before) {
		t.Fatalf("the copy is another one:\n%s", differences(before, copied))
	}
	return &trial{t, of, w, before}
}

// run returns why db-migrate has refused the case; empty: it has done the work.
func (r *trial) run() string {
	defer r.world.close()
	if refused := r.refused(r.world.open()); refused != "" {
		return refused
	}
	settings, err := r.world.settings(r.truth.known().extent)
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
	if _, now := r.truth.content(); r.world.runs > 0 && len(r.world.way.disturbances) == 0 && !slices.Equal(now, r.before) {
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
	r.truth.apply()
	r.truth.siteWrites(r.world.script.happened)
	r.compare("after the run")
	r.judgeTotals(summary)
	left := r.truth.known().left
	if summary.Left != 0 && left == 0 {
		r.t.Errorf("the run says that %d rows are left, and none is: %s %s", summary.Left, summary.LeftKind, summary.LeftCause)
	}
	if summary.Left == 0 && left > 0 && r.looks() {
		r.t.Errorf("%d rows need the change still, and the run does not say so", left)
	}
	if r.t.Failed() {
		r.t.Logf("%+v", summary)
		r.t.FailNow()
	}
}

func (r *trial) judgeTotals(summary workflows.Summary) {
	must := r.truth.known()
	if got, want := summary.Migrated, int64(len(must.migrated)); got != want {
		r.t.Errorf("the run says that it has migrated %d rows; it is %d", got, want)
	}
	refused := r.truth.keptBack(summary.Failed)
	if got, want := summary.Failed, int64(len(must.failed))+refused; got != want && !r.cancelled() {
		r.t.Errorf("the run says that %d rows failed; it is %d: %v", got, want, must.failed)
	}
	if got, want := summary.Skipped, int64(must.skipped())-refused; got != want && !r.cancelled() && (must.extent.lines == nil || !must.filtered) {
		r.t.Errorf("the run says that it has skipped %d rows; it is %d", got, want)
	}
	if got, want := summary.Scanned, int64(must.scanned()); got != want && !r.cancelled() && !must.filtered {
		r.t.Errorf("the run says that it has scanned %d rows; it is %d", got, want)
	}
}

// looks reports whether the closing balance can see what is left.
func (r *trial) looks() bool {
	return r.world.way.limits.Closing == activities.ClosingFull && r.truth.looks() && !r.cancelled()
}

func (o *outcome) scanned() int {
	if o.extent.lines != nil {
		return len(o.extent.lines)
	}
	return o.matched
}

func (o *outcome) skipped() int {
	repeated := 0
	if o.extent.lines != nil {
		repeated = o.scanned() - len(slices.Compact(slices.Sorted(slices.Values(o.scope))))
	}
	return o.matched + repeated - len(o.migrated) - len(o.failed)
}

func (r *trial) cancelled() bool {
	return slices.ContainsFunc(r.world.script.happened, func(one disturbance) bool { return one.what == cancel })
}

// follow runs what comes after the run.
func (r *trial) follow(settings workflows.Settings) {
	r.world.script.mutex.Lock()
	r.world.script.left = nil
	r.world.script.mutex.Unlock()
	switch r.world.way.after {
	case again, reset:
		settings.Reset = r.world.way.after == reset
		r.startAgain(settings, 0)
	case taken:
		r.truth.takeMarksBack()
		r.truth.apply()
		settings.Again = true
		r.startAgain(settings, len(r.truth.known().migrated))
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
	rows, by := r.truth.undo()
	r.world.migration = by
	if err := r.world.open(); err != nil {
		r.t.Fatalf("the undo is refused: %v", err)
	}
	settings, err := r.world.settings(extent{})
	if err != nil {
		r.t.Fatalf("the undo is refused: %v", err)
	}
	r.startAgain(settings, rows)
}

// compare holds the table against the copy.
func (r *trial) compare(when string) {
	want, got := r.truth.content()
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
