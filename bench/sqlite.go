package main

import (
	"context"

	"db-migrate/bench/loops"
	"db-migrate/bench/measure"
	"db-migrate/bench/stage"
)

func openSQLite(ctx context.Context, on *setup) (*measure.Race, error) {
	site, err := on.OpenSQLite(ctx, on.rows)
	if err != nil {
		return nil, err
	}
	if err := site.Restore(ctx, on.rows); err != nil {
		return nil, err
	}
	if err := on.version(ctx, "sqlite", site.Version); err != nil {
		return nil, err
	}
	loop := measure.Setting{Run: func(ctx context.Context, _ int) (measure.Result, error) { return loopSQLite(ctx, site) }}
	return &measure.Race{Restore: site.Restore, Ledgered: site.Ledgered,
		Needed: func(ctx context.Context) (int64, error) { return site.Number(ctx, neededInGo) },
		Contestants: []measure.Contestant{
			{Name: ours, Settings: on.migrateAt([]int{2, processes}, "connection/driver=sqlite", "connection/url="+site.Path)},
			{Name: "loop, 1,000 a transaction", Settings: []measure.Setting{loop}},
		},
		Ratios: []measure.Pair{{Of: ours, To: "loop, 1,000 a transaction", Target: "≥ 0.85"}},
	}, nil
}

func loopSQLite(ctx context.Context, site *stage.SQLite) (measure.Result, error) {
	columns, err := site.LedgerColumns(ctx)
	if err != nil {
		return measure.Result{}, err
	}
	opened, err := site.Connect()
	if err != nil {
		return measure.Result{}, err
	}
	defer opened.Close()
	loop := &loops.SQLite{Database: opened, Ledger: stage.LoopLedger, LedgerColumns: columns}
	return measure.Timed(func() (int64, error) { return loop.Sets(ctx) })
}

func openHistory(_ context.Context, on *setup) (*measure.Race, error) {
	return &measure.Race{Contestants: []measure.Contestant{
		{Name: "numeric ids", Settings: []measure.Setting{on.history("numeric")}},
		{Name: "UUIDs", Settings: []measure.Setting{on.history("uuid")}},
	}}, nil
}

// history runs db-migrate on a file, and adds what it has left in Temporal.
func (s *setup) history(ids string) measure.Setting {
	return measure.Setting{Run: func(ctx context.Context, rows int) (measure.Result, error) {
		file := s.Path("history.db")
		if err := s.Generate(ctx, rows, "--db", file, "--ids", ids); err != nil {
			return measure.Result{}, err
		}
		before, err := s.History(ctx)
		if err != nil {
			return measure.Result{}, err
		}
		store := s.StoreBytes()
		result, err := s.Migrate(ctx, stage.Migration{Options: []string{"connection/driver=sqlite", "connection/url=" + file}, Workers: 1})
		if err != nil {
			return result, err
		}
		after, err := s.History(ctx)
		result.Figures["events_in_all"] = float64(after.Events - before.Events)
		result.Figures["events_per_customer"] = float64(after.Events-before.Events) / float64(rows)
		result.Figures["history_bytes_per_customer"] = float64(after.Bytes-before.Bytes) / float64(rows)
		result.Figures["temporal_store_bytes_per_customer"] = float64(s.StoreBytes()-store) / float64(rows)
		return result, err
	}}
}
