package main

import (
	"context"
	"fmt"

	"db-migrate/bench/loops"
	"db-migrate/bench/measure"
	"db-migrate/bench/stage"
)

func openMariaDB(ctx context.Context, on *setup) (*measure.Race, error) {
	site, err := on.OpenMariaDB(ctx, on.server, on.rows)
	if err != nil {
		return nil, err
	}
	on.atEnd(site.Close)
	var settings []measure.Setting
	for _, workers := range setConnections() {
		settings = append(settings, measure.Setting{Name: fmt.Sprintf("%d connections", workers),
			Run: func(ctx context.Context, _ int) (measure.Result, error) { return loopMariaDB(ctx, site, workers) }})
	}
	return &measure.Race{Restore: site.Restore, Ledgered: site.Ledgered,
		Needed: func(ctx context.Context) (int64, error) { return site.Number(ctx, neededInGo) },
		Contestants: []measure.Contestant{
			{Name: ours, Settings: on.migrateSets("connection/driver=mysql", "connection/url="+site.URL)},
			{Name: "loop, 1,000 a transaction", Settings: settings},
		},
		Ratios: []measure.Pair{{Of: ours, To: "loop, 1,000 a transaction", Target: "≥ 0.85"}},
	}, on.version(ctx, "mariadb", site.Version)
}

func loopMariaDB(ctx context.Context, site *stage.MariaDB, workers int) (measure.Result, error) {
	columns, err := site.LedgerColumns(ctx)
	if err != nil {
		return measure.Result{}, err
	}
	pool, err := site.Connect(ctx, workers+1)
	if err != nil {
		return measure.Result{}, err
	}
	defer pool.Close()
	loop := &loops.MariaDB{Database: pool, Workers: workers, Ledger: stage.LoopLedger, LedgerColumns: columns}
	return measure.Timed(func() (int64, error) { return loop.Sets(ctx) })
}
