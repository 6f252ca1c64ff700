package main

import (
	"context"
	"fmt"
	"time"

	"db-migrate/bench/loops"
	"db-migrate/bench/measure"
	"db-migrate/bench/peers"
	"db-migrate/bench/stage"
)

// neededInSQL and neededInGo count the customers that the migration in SQL and
// that in Go must migrate.
const (
	neededInSQL = "SELECT count(*) FROM customers WHERE " + loops.Needed
	neededInGo  = "SELECT count(*) FROM customers WHERE first_name IS NULL OR last_name IS NULL OR phone_e164 IS NULL OR email_normalized IS NULL"
)

// postgresSite is a database with so many customers.
type postgresSite struct {
	*stage.Postgres
	on *setup
}

func (s *setup) postgres(ctx context.Context, rows int, generate ...string) (*postgresSite, error) {
	opened, err := s.OpenPostgres(ctx, s.server, rows, generate...)
	if err != nil {
		return nil, err
	}
	s.atEnd(opened.Close)
	return &postgresSite{opened, s}, s.version(ctx, "postgresql", opened.Version)
}

// race is one on this site.
func (p *postgresSite) race(needed string, contestants ...measure.Contestant) *measure.Race {
	return &measure.Race{Restore: p.Restore, Ledgered: p.Ledgered, Contestants: contestants,
		Needed: func(ctx context.Context) (int64, error) { return p.Number(ctx, needed) }}
}

// options are db-migrate's on this site.
func (p *postgresSite) options(more ...string) []string {
	return append([]string{"connection/driver=postgres", "connection/url=" + p.URL}, more...)
}

// loop is a setting that runs one of the loops with so many workers, whose
// connections are open before its time begins.
func (p *postgresSite) loop(name string, workers int, ledger string, run func(*loops.Postgres, context.Context) (int64, error)) measure.Setting {
	return measure.Setting{Name: name, Run: func(ctx context.Context, _ int) (measure.Result, error) {
		pool, err := p.Connect(ctx, workers+1)
		if err != nil {
			return measure.Result{}, err
		}
		defer pool.Close()
		columns, err := p.LedgerColumns(ctx)
		if err != nil {
			return measure.Result{}, err
		}
		loop := &loops.Postgres{Pool: pool, Workers: workers, Ledger: ledger, LedgerColumns: columns}
		return measure.Timed(func() (int64, error) { return run(loop, ctx) })
	}}
}

// loopAt are settings with these numbers of connections.
func (p *postgresSite) loopAt(connections []int, run func(*loops.Postgres, context.Context) (int64, error)) []measure.Setting {
	var settings []measure.Setting
	for _, number := range connections {
		settings = append(settings, p.loop(fmt.Sprintf("%d connections", number), number, stage.LoopLedger, run))
	}
	return settings
}

// setConnections and setProcesses are what is tried for work in sets.
func setConnections() []int { return []int{1, 2, 4, 8} }
func setProcesses() []int   { return []int{2, 4, 8, 20} }

func openTransactions(ctx context.Context, on *setup) (*measure.Race, error) {
	site, err := on.postgres(ctx, on.rows)
	if err != nil {
		return nil, err
	}
	at := []int{processes}
	race := site.race(neededInSQL,
		measure.Contestant{Name: ours, Settings: on.migrateAt(at, site.options("customer-migrator/migration=bench-contact-one", "customer-migrator/transaction-size=1")...)},
		measure.Contestant{Name: "loop, 4 round trips", Settings: site.loopAt(at, (*loops.Postgres).Transactions)},
		measure.Contestant{Name: "loop, 1 statement", Settings: site.loopAt(at, (*loops.Postgres).Statements)},
		measure.Contestant{Name: "loop, pipelined", Settings: site.loopAt(at, (*loops.Postgres).Pipelined)},
		measure.Contestant{Name: "River, default", Rows: min(on.rows, max(on.rows/100, 20)), Settings: []measure.Setting{site.river(peers.RiverSettings{Workers: processes})}},
		measure.Contestant{Name: "River, tuned", Rows: min(on.rows, max(on.rows/10, 20)), Settings: site.riverTuned()},
	)
	race.Ratios = []measure.Pair{{Of: ours, To: "loop, 4 round trips", Target: "≥ 1.8"}, {Of: ours, To: "loop, 1 statement"}, {Of: ours, To: "loop, pipelined", Target: "≥ 0.90"},
		{Of: ours, To: "River, default"}, {Of: ours, To: "River, tuned", Target: "≥ 5"}}
	return race, nil
}

// riverTuned are fair settings for short jobs: more workers than connections pay
// for, and no waiting between fetches.
func (p *postgresSite) riverTuned() []measure.Setting {
	p.on.versions["river"] = moduleVersion("github.com/riverqueue/river")
	var settings []measure.Setting
	for _, workers := range []int{20, 50, 100} {
		settings = append(settings, p.river(peers.RiverSettings{Workers: workers, Fast: true,
			FetchCooldown: time.Millisecond, FetchPollInterval: 10 * time.Millisecond}))
	}
	return settings
}

// riverConnections are further ones, for fetching, completing and leading.
const riverConnections = 5

func (p *postgresSite) river(with peers.RiverSettings) measure.Setting {
	return measure.Setting{Name: fmt.Sprintf("%d workers", with.Workers), Run: func(ctx context.Context, _ int) (measure.Result, error) {
		pool, err := p.Connect(ctx, with.Workers+riverConnections)
		if err != nil {
			return measure.Result{}, err
		}
		defer pool.Close()
		columns, err := p.LedgerColumns(ctx)
		if err != nil {
			return measure.Result{}, err
		}
		statement := (&loops.Postgres{Ledger: stage.LoopLedger, LedgerColumns: columns}).OneStatement()
		opened, err := peers.OpenRiver(ctx, pool, statement, with)
		if err != nil {
			return measure.Result{}, err
		}
		defer func() { _ = opened.Close(context.WithoutCancel(ctx)) }() // its jobs are done
		return measure.Timed(func() (int64, error) { return opened.Run(ctx) })
	}}
}

func openGoTransactions(ctx context.Context, on *setup) (*measure.Race, error) {
	site, err := on.postgres(ctx, on.rows)
	if err != nil {
		return nil, err
	}
	at := []int{processes}
	race := site.race(neededInGo,
		measure.Contestant{Name: ours, Settings: on.migrateAt(at, site.options("customer-migrator/transaction-size=1")...)},
		measure.Contestant{Name: "loop, 5 round trips", Settings: site.loopAt(at, (*loops.Postgres).GoTransactions)},
		measure.Contestant{Name: "loop, 1 statement", Settings: site.loopAt(at, (*loops.Postgres).GoStatements)},
		measure.Contestant{Name: "loop, pipelined", Settings: site.loopAt(at, (*loops.Postgres).GoPipelined)},
	)
	race.Ratios = []measure.Pair{{Of: ours, To: "loop, 5 round trips", Target: "≥ 1.8"}, {Of: ours, To: "loop, 1 statement"}, {Of: ours, To: "loop, pipelined", Target: "≥ 0.90"}}
	return race, nil
}

func openSets(ctx context.Context, on *setup) (*measure.Race, error) {
	site, err := on.postgres(ctx, on.rows)
	if err != nil {
		return nil, err
	}
	race := site.race(neededInSQL,
		measure.Contestant{Name: ours, Settings: on.migrateAt(setProcesses(), site.options("customer-migrator/migration=bench-contact-set")...)},
		measure.Contestant{Name: "loop, 1,000 a statement", Settings: site.loopAt(setConnections(), (*loops.Postgres).Sets)})
	race.Ratios = []measure.Pair{{Of: ours, To: "loop, 1,000 a statement", Target: "≥ 0.85"}}
	return race, nil
}

func openGoSets(ctx context.Context, on *setup) (*measure.Race, error) {
	site, err := on.postgres(ctx, on.rows)
	if err != nil {
		return nil, err
	}
	race := site.race(neededInGo,
		measure.Contestant{Name: ours, Settings: on.migrateAt(setProcesses(), site.options()...)},
		measure.Contestant{Name: "loop, unnest of 1,000", Settings: site.loopAt(setConnections(), (*loops.Postgres).Unnest)})
	race.Ratios = []measure.Pair{{Of: ours, To: "loop, unnest of 1,000", Target: "≥ 0.85, and > 133,000/s"}}
	return race, nil
}

func openMemory(ctx context.Context, on *setup) (*measure.Race, error) {
	least, most := max(on.rows/10, 1), on.rows*5
	site, err := on.postgres(ctx, most)
	if err != nil {
		return nil, err
	}
	race := site.race(neededInGo)
	name := func(rows int) string { return fmt.Sprintf("%d customers", rows) }
	for _, rows := range []int{least, on.rows, most} {
		race.Contestants = append(race.Contestants, measure.Contestant{Name: name(rows), Rows: rows,
			Settings: []measure.Setting{on.migrate("", site.options()...)}})
	}
	for _, figure := range []string{"worker_peak_mb", "starter_peak_mb"} {
		for _, rows := range []int{on.rows, most} {
			race.Ratios = append(race.Ratios, measure.Pair{Of: name(rows), To: name(least), Figure: figure, Target: "0.85 to 1.15"})
		}
	}
	return race, nil
}
