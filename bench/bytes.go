package main

import (
	"context"

	"db-migrate/bench/loops"
	"db-migrate/bench/measure"
	"db-migrate/bench/stage"
)

func openBytes(ctx context.Context, on *setup) (*measure.Race, error) {
	site, err := on.postgres(ctx, on.rows)
	if err != nil {
		return nil, err
	}
	const connections = 4
	race := site.race(neededInGo,
		measure.Contestant{Name: ours, Settings: site.weighed(on.migrate("", site.options()...))},
		measure.Contestant{Name: "loop with a ledger", Settings: site.weighed(site.loop("", connections, stage.LoopLedger, (*loops.Postgres).Unnest))},
		measure.Contestant{Name: "loop without a ledger", Unledgered: true, Settings: site.weighed(site.loop("", connections, "", (*loops.Postgres).Unnest))},
	)
	race.Ratios = []measure.Pair{
		{Of: ours, To: "loop with a ledger", Figure: walFigure, Target: "reported"},
		{Of: ours, To: "loop without a ledger", Figure: walFigure, Target: "reported"},
		{Of: ours, To: "loop with a ledger", Figure: ledgerFigure, Target: "reported"},
	}
	return race, nil
}

const (
	walFigure    = "wal_bytes_per_customer"
	ledgerFigure = "ledger_bytes_per_customer"
	stateFigure  = "state_bytes_in_all"
)

// weighed adds what the run has written. Each begins right after a checkpoint, so
// that all write the same whole pages into the log.
func (p *postgresSite) weighed(setting measure.Setting) []measure.Setting {
	weighing := func(ctx context.Context, rows int) (measure.Result, error) {
		before, err := p.WAL(ctx)
		if err != nil {
			return measure.Result{}, err
		}
		result, err := setting.Run(ctx, rows)
		if err != nil || result.Migrated == 0 {
			return result, err
		}
		return result, p.weigh(ctx, &result, before)
	}
	return []measure.Setting{{Name: setting.Name, Run: weighing}}
}

func (p *postgresSite) weigh(ctx context.Context, result *measure.Result, before int64) error {
	if result.Figures == nil {
		result.Figures = map[string]float64{}
	}
	after, err := p.WAL(ctx)
	if err != nil {
		return err
	}
	ledger, err := p.LedgerBytes(ctx)
	if err != nil {
		return err
	}
	state, err := p.StateBytes(ctx)
	migrated := float64(result.Migrated)
	result.Figures[walFigure] = float64(after-before) / migrated
	result.Figures[ledgerFigure] = float64(ledger) / migrated
	result.Figures[stateFigure] = float64(state)
	return err
}
