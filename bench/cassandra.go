package main

import (
	"context"
	"fmt"

	"db-migrate/bench/loops"
	"db-migrate/bench/measure"
	"db-migrate/bench/stage"
)

func openCassandra(ctx context.Context, on *setup) (*measure.Race, error) {
	site, err := on.OpenCassandra(ctx, on.server)
	if err != nil {
		return nil, err
	}
	on.atEnd(site.Close)
	options := []string{"connection/driver=cassandra", "connection/url=" + site.URL}
	const people, ranges = "loop as people write it", "loop by token range"
	return &measure.Race{Restore: site.Restore, Needed: site.Needed, Ledgered: site.Ledgered,
		Contestants: []measure.Contestant{
			{Name: ours, Settings: inFlight(on, options)},
			{Name: people, Settings: []measure.Setting{loopCassandra(site, processes, (*loops.Cassandra).PerCustomer)}},
			{Name: ranges, Settings: []measure.Setting{
				loopCassandra(site, processes, (*loops.Cassandra).ByRange),
				loopCassandra(site, 64, (*loops.Cassandra).ByRange),
				loopCassandra(site, 160, (*loops.Cassandra).ByRange),
				// as db-migrate: processes × customer-migrator/in-flight
				loopCassandra(site, processes*16, (*loops.Cassandra).ByRange),
			}},
		},
		Ratios: []measure.Pair{{Of: ours, To: people, Target: "≥ 1.8"}, {Of: ours, To: ranges, Target: "≥ 0.90"}},
	}, on.version(ctx, "cassandra", site.Version)
}

// inFlight are settings of db-migrate with so many customers in flight for each of
// its processes.
func inFlight(on *setup, options []string) []measure.Setting {
	var settings []measure.Setting
	for _, number := range []int{40, 16, 80} {
		with := append([]string{fmt.Sprintf("customer-migration/processes=%d", processes), fmt.Sprintf("customer-migrator/in-flight=%d", number)}, options...)
		settings = append(settings, on.migrate(fmt.Sprintf("%d processes, %d in flight each", processes, number), with...))
	}
	return settings
}

func loopCassandra(site *stage.Cassandra, inFlight int, run func(*loops.Cassandra, context.Context) (int64, error)) measure.Setting {
	return measure.Setting{Name: fmt.Sprintf("%d in flight", inFlight), Run: func(ctx context.Context, _ int) (measure.Result, error) {
		session, err := site.Connect(ctx)
		if err != nil {
			return measure.Result{}, err
		}
		defer session.Close()
		columns, err := site.LedgerColumns(ctx)
		if err != nil {
			return measure.Result{}, err
		}
		loop := &loops.Cassandra{Session: session, InFlight: inFlight, Ledger: stage.LoopLedger, LedgerColumns: columns}
		return measure.Timed(func() (int64, error) { return run(loop, ctx) })
	}}
}
