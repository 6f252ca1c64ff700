package main

import (
	"context"
	"fmt"

	"db-migrate/bench/measure"
	"db-migrate/bench/peers"
	"db-migrate/bench/stage"
)

const (
	naive    = "an activity per customer, naive"
	tuned    = "an activity per customer, more pollers"
	children = "a child workflow per customer"
)

// peer is a setting that runs one of Temporal's ways on the stage's server.
func (s *setup) peer(inFlight int, tuned bool, run func(*peers.Server, context.Context, peers.Order) (int64, error)) measure.Setting {
	return measure.Setting{Name: fmt.Sprintf("%d in flight", inFlight), Run: func(ctx context.Context, rows int) (measure.Result, error) {
		serving, err := peers.Serve(s.Temporal, tuned)
		if err != nil {
			return measure.Result{}, err
		}
		defer serving.Stop()
		return measure.Timed(func() (int64, error) {
			return run(serving, ctx, peers.Order{Customers: int64(rows), InFlight: inFlight})
		})
	}}
}

func (s *setup) activities(tuned bool) []measure.Setting {
	var settings []measure.Setting
	for _, inFlight := range []int{processes, 2 * processes, 100, 500} {
		settings = append(settings, s.peer(inFlight, tuned, (*peers.Server).Naive))
	}
	return settings
}

func openNoWork(_ context.Context, on *setup) (*measure.Race, error) {
	var settings []measure.Setting
	for _, number := range []int{processes, 2 * processes, 100} {
		settings = append(settings, measure.Setting{Name: fmt.Sprintf("%d processes", number), Run: func(ctx context.Context, rows int) (measure.Result, error) {
			return on.idle(ctx, rows, number)
		}})
	}
	return &measure.Race{SameCount: true,
		Contestants: []measure.Contestant{
			{Name: ours, Settings: settings},
			{Name: naive, Settings: on.activities(false)},
			{Name: tuned, Settings: on.activities(true)},
		},
		Ratios: []measure.Pair{{Of: ours, To: naive, Target: "≥ 1.5"}, {Of: ours, To: tuned, Target: "reported"}},
	}, nil
}

// idle runs db-migrate with an activity for each customer, and no work in it.
func (s *setup) idle(ctx context.Context, rows, processes int) (measure.Result, error) {
	serving, err := serveIdle(ctx, s.Stage, rows, processes)
	if err != nil {
		return measure.Result{}, err
	}
	defer serving.Stop()
	return s.Migrate(ctx, stage.Migration{Options: append(simulatedOptions(rows, processes), "customer-migration/batch-size=1")})
}

func openSetPeers(ctx context.Context, on *setup) (*measure.Race, error) {
	site, err := on.postgres(ctx, on.rows)
	if err != nil {
		return nil, err
	}
	race := &measure.Race{
		Contestants: []measure.Contestant{
			{Name: ours, Settings: site.restored(on.migrateAt([]int{4}, site.options("customer-migrator/migration=bench-contact-set")...))},
			{Name: naive, Rows: max(on.rows/200, 10), Settings: on.activities(false)},
			{Name: children, Rows: max(on.rows/1000, 10), Settings: []measure.Setting{on.peer(processes, false, (*peers.Server).Children), on.peer(100, false, (*peers.Server).Children)}},
		},
		Ratios: []measure.Pair{{Of: ours, To: naive, Target: "reported"}, {Of: ours, To: children, Target: "reported"}},
	}
	return race, nil
}

// restored are settings that restore the table themselves, where the others have
// none.
func (p *postgresSite) restored(settings []measure.Setting) []measure.Setting {
	for i, setting := range settings {
		settings[i].Run = func(ctx context.Context, rows int) (measure.Result, error) {
			if err := p.Restore(ctx, rows); err != nil {
				return measure.Result{}, err
			}
			return setting.Run(ctx, rows)
		}
	}
	return settings
}
