// Package measure runs what a benchmark compares side by side, round by round,
// and reports medians, spreads and ratios. It asserts nothing about time.
package measure

import (
	"context"
	"fmt"
	"io"
	"time"
)

// Race is a benchmark that is ready to run.
type Race struct {
	// Name is the benchmark's, Title what it is about.
	Name, Title string
	// Rows is how many customers each contestant gets that says nothing else.
	Rows int
	// Restore makes a fresh, identical table of so many customers before each
	// run, and leaves no dirty work behind; nil: there is no table.
	Restore func(ctx context.Context, rows int) error
	// Needed is how many of the restored customers a run must migrate; a run
	// that migrates others measures something else, and fails the benchmark.
	Needed func(ctx context.Context) (int64, error)
	// SameCount: all contestants with as many customers must migrate as many of
	// them, where nobody can count beforehand.
	SameCount bool
	// Ledgered counts the ledger rows that a run has left; nil: it leaves none.
	Ledgered    func(ctx context.Context) (int64, error)
	Contestants []Contestant
	Ratios      []Pair
	// NoSweep takes each contestant's first setting, and tries no others.
	NoSweep bool

	// migrated is how many were migrated of so many customers.
	migrated map[int]int64
}

// Contestant is one way of doing the work.
type Contestant struct {
	Name string
	// Rows is how many customers it gets; 0: the race's.
	Rows int
	// Settings are tried once each before the first round; the fastest one runs
	// in all rounds.
	Settings []Setting
	// Unledgered: it writes no ledger rows.
	Unledgered bool
	// Site, if any, has the table that it works on instead of the race's: its Restore,
	// Needed and Ledgered.
	Site *Race
}

// Setting is a contestant's run with a setting that has a name.
type Setting struct {
	Name string
	Run  func(ctx context.Context, rows int) (Result, error)
}

// Result is what one run came to.
type Result struct {
	// Migrated is how many customers were changed.
	Migrated int64
	// Seconds is the time that the ratios are made of.
	Seconds float64
	// Figures are further ones, by name.
	Figures map[string]float64
}

// Timed runs a loop, and makes its result.
func Timed(run func() (int64, error)) (Result, error) {
	began := time.Now()
	migrated, err := run()
	return Result{Migrated: migrated, Seconds: time.Since(began).Seconds()}, err
}

// Pair asks for the ratio of two contestants.
type Pair struct {
	Of, To string
	// Figure is what is compared; empty: customers a second.
	Figure string
	// Target says what the ratio should be, for people.
	Target string
}

// Run runs the race in so many rounds, and tells progress how far it is.
func (r *Race) Run(ctx context.Context, rounds int, progress io.Writer) (*Report, error) {
	lines := make([]*line, len(r.Contestants))
	for i, contestant := range r.Contestants {
		chosen, err := r.choose(ctx, contestant, progress)
		if err != nil {
			return nil, err
		}
		lines[i] = chosen
	}
	for round := range rounds {
		for turn := range lines { // each round begins with another one
			next := lines[(round+turn)%len(lines)]
			what := fmt.Sprintf("round %d of %d", round+1, rounds)
			result, err := r.run(ctx, next.contestant, next.setting, what, progress)
			if err != nil {
				return nil, err
			}
			next.results = append(next.results, result)
		}
	}
	return r.report(lines, rounds), nil
}

// line is a contestant with its setting, and what it came to in each round.
type line struct {
	contestant Contestant
	setting    Setting
	rows       int
	sweep      map[string]float64
	results    []Result
}

// sweeps is how often each setting is tried: a moment in which the machine was slow
// is not to decide.
const sweeps = 2

// choose tries each setting, and keeps the fastest.
func (r *Race) choose(ctx context.Context, contestant Contestant, progress io.Writer) (*line, error) {
	chosen := &line{contestant: contestant, setting: contestant.Settings[0], rows: r.rows(contestant)}
	if r.NoSweep || len(contestant.Settings) == 1 {
		return chosen, nil
	}
	chosen.sweep = map[string]float64{}
	best := 0.0
	for at := range sweeps * len(contestant.Settings) {
		setting := contestant.Settings[at%len(contestant.Settings)]
		result, err := r.run(ctx, contestant, setting, "trying settings", progress)
		if err != nil {
			return nil, err
		}
		rate := float64(chosen.rows) / result.Seconds
		chosen.sweep[setting.Name] = max(rate, chosen.sweep[setting.Name])
		if rate > best {
			best, chosen.setting = rate, setting
		}
	}
	return chosen, nil
}

func (r *Race) rows(contestant Contestant) int {
	if contestant.Rows > 0 {
		return contestant.Rows
	}
	return r.Rows
}

// run restores the table, runs, and holds the outcome against the table.
func (r *Race) run(ctx context.Context, contestant Contestant, setting Setting, what string, progress io.Writer) (Result, error) {
	rows := r.rows(contestant)
	label := contestant.Name
	if setting.Name != "" {
		label += ", " + setting.Name
	}
	fmt.Fprintf(progress, "  %s: %s: ", what, label)
	result, err := r.prepared(ctx, contestant, setting, rows)
	if err != nil {
		fmt.Fprintln(progress, "failed")
		return result, fmt.Errorf("%s: %s: %w", r.Name, label, err)
	}
	fmt.Fprintf(progress, "%d customers in %.2f s, %.0f/s\n", rows, result.Seconds, float64(rows)/result.Seconds)
	return result, nil
}

func (r *Race) prepared(ctx context.Context, contestant Contestant, setting Setting, rows int) (Result, error) {
	needed, site := int64(-1), r.site(contestant)
	if site.Restore != nil {
		if err := site.Restore(ctx, rows); err != nil {
			return Result{}, fmt.Errorf("restoring the table: %w", err)
		}
	}
	if site.Needed != nil {
		var err error
		if needed, err = site.Needed(ctx); err != nil {
			return Result{}, err
		}
	}
	result, err := setting.Run(ctx, rows)
	if err != nil {
		return result, err
	}
	if r.SameCount {
		needed = r.sameAs(rows, result.Migrated)
	}
	return result, r.check(ctx, contestant, needed, result)
}

// site has the contestant's table.
func (r *Race) site(contestant Contestant) *Race {
	if contestant.Site != nil {
		return contestant.Site
	}
	return r
}

// sameAs is what the first run with as many customers has migrated.
func (r *Race) sameAs(rows int, migrated int64) int64 {
	if r.migrated == nil {
		r.migrated = map[int]int64{}
	}
	if _, known := r.migrated[rows]; !known {
		r.migrated[rows] = migrated
	}
	return r.migrated[rows]
}

// check: every customer who needed it was migrated, and stands in the ledger.
func (r *Race) check(ctx context.Context, contestant Contestant, needed int64, result Result) error {
	if needed >= 0 && result.Migrated != needed {
		return fmt.Errorf("it migrated %d customers; %d needed it", result.Migrated, needed)
	}
	ledgered := r.site(contestant).Ledgered
	if ledgered == nil || contestant.Unledgered {
		return nil
	}
	entered, err := ledgered(ctx)
	if err == nil && entered != result.Migrated {
		err = fmt.Errorf("it entered %d customers into the ledger, and migrated %d", entered, result.Migrated)
	}
	return err
}
