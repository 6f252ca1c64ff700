package main

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

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
		pool, err := p.Connect(ctx, workers+1, stage.IndexPlans())
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

// setConnections are what is tried for work in sets.
func setConnections() []int { return []int{1, 2, 4, 8} }

func openTransactions(ctx context.Context, on *setup) (*measure.Race, error) {
	site, err := on.postgres(ctx, on.rows)
	if err != nil {
		return nil, err
	}
	at := []int{processes}
	race := site.race(neededInGo,
		measure.Contestant{Name: ours, Settings: on.migrateAt(at, site.options("customer-migrator/transaction-size=1")...)},
		measure.Contestant{Name: loopTrips, Settings: site.loopAt(at, (*loops.Postgres).GoTransactions)},
		measure.Contestant{Name: "loop, 5 round trips with a lock", Settings: site.loopAt(at, (*loops.Postgres).GoLocked)},
		measure.Contestant{Name: loopStatement, Settings: site.loopAt(at, (*loops.Postgres).GoStatements)},
		measure.Contestant{Name: loopPipelined, Settings: site.loopAt(at, (*loops.Postgres).GoPipelined)},
	)
	race.Contestants = append(race.Contestants, site.rivers((*loops.Postgres).OneInGo)...)
	race.Ratios = append(transactionRatios(), measure.Pair{Of: ours, To: "loop, 5 round trips with a lock"})
	return race, nil
}

func openSQLTransactions(ctx context.Context, on *setup) (*measure.Race, error) {
	site, err := on.postgres(ctx, on.rows)
	if err != nil {
		return nil, err
	}
	at := []int{processes}
	race := site.race(neededInSQL,
		measure.Contestant{Name: ours, Settings: site.singly()},
		measure.Contestant{Name: loopTrips, Settings: site.loopAt(at, (*loops.Postgres).Transactions)},
		measure.Contestant{Name: loopStatement, Settings: site.loopAt(at, (*loops.Postgres).Statements)},
		measure.Contestant{Name: loopPipelined, Settings: site.loopAt(at, (*loops.Postgres).Pipelined)},
	)
	race.Contestants = append(race.Contestants, site.rivers((*loops.Postgres).OneInSQL)...)
	race.Ratios = transactionRatios()
	return race, nil
}

// Contestants for a transaction per customer.
const (
	loopTrips     = "loop, 4 round trips"
	loopStatement = "loop, 1 statement"
	loopPipelined = "loop, pipelined"
	riverDefault  = "River, default"
	riverTuned    = "River, tuned"
)

func transactionRatios() []measure.Pair {
	return []measure.Pair{{Of: ours, To: loopTrips, Target: "≥ 1.8"}, {Of: ours, To: loopStatement}, {Of: ours, To: loopPipelined, Target: "≥ 0.90"},
		{Of: ours, To: riverDefault}, {Of: ours, To: riverTuned, Target: "≥ 5"}}
}

// singly are db-migrate's settings for a transaction per customer: the migration
// written for a customer, or for a set.
func (p *postgresSite) singly() []measure.Setting {
	var settings []measure.Setting
	for _, form := range []string{"set", "one"} {
		settings = append(settings, p.on.migrate("written for "+form, p.options("customer-migrator/migration=bench-contact-"+form,
			"customer-migrator/transaction-size=1", fmt.Sprintf("customer-migration/processes=%d", processes))...))
	}
	return settings
}

// oneCustomer is a way of migrating a customer in a transaction of River's.
type oneCustomer func(*loops.Postgres, context.Context, pgx.Tx, int64) (int64, error)

// rivers are a job per customer on River, with as many workers as there are
// processes and all else as it comes, and tuned for short jobs: no waiting between
// fetches, jobs inserted by COPY, the best of several numbers of workers. They
// get fewer customers, and are compared by customers a second.
func (p *postgresSite) rivers(one oneCustomer) []measure.Contestant {
	p.on.versions["river"] = moduleVersion("github.com/riverqueue/river")
	var tuned []measure.Setting
	for _, workers := range []int{20, 50, 100} {
		tuned = append(tuned, p.river(one, peers.RiverSettings{Workers: workers, Fast: true,
			FetchCooldown: time.Millisecond, FetchPollInterval: 10 * time.Millisecond}))
	}
	return []measure.Contestant{
		{Name: riverDefault, Rows: fraction(p.on.rows, 100), Settings: []measure.Setting{p.river(one, peers.RiverSettings{Workers: processes})}},
		{Name: riverTuned, Rows: fraction(p.on.rows, 10), Settings: tuned},
	}
}

// fraction is a part of the rows, but not too few to measure anything.
func fraction(rows, parts int) int { return min(rows, max(rows/parts, 100)) }

// riverConnections are further ones, for fetching, completing and leading.
const riverConnections = 5

func (p *postgresSite) river(one oneCustomer, with peers.RiverSettings) measure.Setting {
	return measure.Setting{Name: fmt.Sprintf("%d workers", with.Workers), Run: func(ctx context.Context, _ int) (measure.Result, error) {
		pool, err := p.Connect(ctx, with.Workers+riverConnections, nil)
		if err != nil {
			return measure.Result{}, err
		}
		defer pool.Close()
		columns, err := p.LedgerColumns(ctx)
		if err != nil {
			return measure.Result{}, err
		}
		loop := &loops.Postgres{Ledger: stage.LoopLedger, LedgerColumns: columns}
		migrate := func(ctx context.Context, tx pgx.Tx, id int64) (int64, error) { return one(loop, ctx, tx, id) }
		opened, err := peers.OpenRiver(ctx, pool, migrate, with)
		if err != nil {
			return measure.Result{}, err
		}
		defer func() { _ = opened.Close(context.WithoutCancel(ctx)) }() // its jobs are done
		return measure.Timed(func() (int64, error) { return opened.Run(ctx) })
	}}
}

func openSets(ctx context.Context, on *setup) (*measure.Race, error) {
	site, err := on.postgres(ctx, on.rows)
	if err != nil {
		return nil, err
	}
	race := site.race(neededInSQL,
		measure.Contestant{Name: ours, Settings: on.migrateSets(site.options("customer-migrator/migration=bench-contact-set")...)},
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
		measure.Contestant{Name: ours, Settings: on.migrateSets(site.options()...)},
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
