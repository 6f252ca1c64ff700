package main

import (
	"context"
	"fmt"

	"db-migrate/bench/loops"
	"db-migrate/bench/measure"
	"db-migrate/bench/stage"
	"db-migrate/database"
	"db-migrate/database/simulated"
)

const (
	// processes is how many work at once where the table of docs/performance.md
	// says so.
	processes = 20
	// seed makes the simulated customers, and their sleeps, the same everywhere.
	seed = 1
)

// simulatedOptions make both sides sleep the same for each customer.
func simulatedOptions(rows, processes int) []string {
	return []string{"connection/driver=simulated", fmt.Sprintf("connection/customers=%d", rows), fmt.Sprintf("connection/seed=%d", seed),
		fmt.Sprintf("customer-migration/processes=%d", processes)}
}

func openSimulated(_ context.Context, on *setup) (*measure.Race, error) {
	pool := measure.Setting{Run: func(ctx context.Context, rows int) (measure.Result, error) {
		table, err := simulatedTable(ctx, rows)
		if err != nil {
			return measure.Result{}, err
		}
		return measure.Timed(func() (int64, error) { return loops.Simulated(ctx, table, processes) })
	}}
	return &measure.Race{SameCount: true,
		Contestants: []measure.Contestant{
			{Name: ours, Settings: []measure.Setting{on.simulate("", on.rows, processes, 1)}},
			{Name: "goroutine pool", Settings: []measure.Setting{pool}},
		},
		Ratios: []measure.Pair{{Of: ours, To: "goroutine pool", Target: "≥ 0.98"}},
	}, nil
}

func simulatedTable(ctx context.Context, rows int) (database.Table, error) {
	opened, err := simulated.Driver{}.Open(ctx, database.Options{Table: "customers", Customers: rows, Seed: seed})
	if err != nil {
		return nil, err
	}
	return opened.Prepare(ctx, database.Plan{Migration: "simulated"})
}

// simulate is a setting that runs db-migrate on simulated customers.
func (s *setup) simulate(name string, rows, processes, workers int) measure.Setting {
	return measure.Setting{Name: name, Run: func(ctx context.Context, _ int) (measure.Result, error) {
		return s.Migrate(ctx, stage.Migration{Options: simulatedOptions(rows, processes), Workers: workers})
	}}
}

func openScaleOut(_ context.Context, on *setup) (*measure.Race, error) {
	const one, four = "1 worker, 20 processes", "4 workers, 80 processes"
	return &measure.Race{SameCount: true,
		Contestants: []measure.Contestant{
			{Name: four, Settings: []measure.Setting{on.simulate("", on.rows, 4*processes, 4)}},
			{Name: one, Settings: []measure.Setting{on.simulate("", on.rows, processes, 1)}},
		},
		Ratios: []measure.Pair{{Of: four, To: one, Target: "≥ 3.8"}},
	}, nil
}

func openStarter(_ context.Context, on *setup) (*measure.Race, error) {
	watched := measure.Setting{Run: func(ctx context.Context, rows int) (measure.Result, error) {
		result, err := on.Migrate(ctx, stage.Migration{Options: simulatedOptions(rows, processes), Workers: 1, Terminal: true})
		if err == nil {
			result.Figures["starter_cpu_share_of_a_core"] = result.Figures["starter_cpu_seconds"] / result.Seconds
		}
		return result, err
	}}
	return &measure.Race{Contestants: []measure.Contestant{{Name: ours, Settings: []measure.Setting{watched}}}}, nil
}
