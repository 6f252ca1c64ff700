package postgres

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"time"

	"github.com/jackc/pgx/v5"

	"db-migrate/database"
)

// Begin creates what is missing of our tables, and begins the run. Two of them at
// once wait for each other.
func (t *table) Begin(ctx context.Context, request database.RunRequest) (database.BegunRun, error) {
	var begun database.BegunRun
	err := t.transaction(ctx, func(ctx context.Context, tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, "SELECT pg_advisory_xact_lock(hashtext('db_migrate'), hashtext($1))", t.ours); err != nil {
			return err
		}
		if err := t.create(ctx, tx); err != nil {
			return err
		}
		if err := t.becomeOwner(ctx, tx, request); err != nil {
			return err
		}
		var err error
		begun, err = t.beginRun(ctx, tx, request)
		return err
	})
	return begun, err
}

// create creates the tables that are missing; a DBA may have made them before.
func (t *table) create(ctx context.Context, tx pgx.Tx) error {
	for _, ours := range t.ourTables() {
		found, err := one(ctx, tx, "SELECT to_regclass($1)", t.own(ours[0]))
		if err != nil {
			return err
		}
		if found[0] != nil {
			continue
		}
		if _, err := tx.Exec(ctx, ours[1]); err != nil {
			return fmt.Errorf("table %s cannot be created (give the right to create in schema %s, or name another one in connection/schema): %w", ours[0], t.ours, err)
		}
	}
	return nil
}

// customersName is how the owner's row names the table.
func (t *table) customersName() string { return t.schema + "." + t.name }

// becomeOwner makes the run the table's owner, unless another overseer is.
func (t *table) becomeOwner(ctx context.Context, tx pgx.Tx, request database.RunRequest) error {
	owner, err := t.owner(ctx, tx, "customers = $1", t.customersName())
	if err != nil {
		return err
	}
	if owner != nil && !request.TakeOver && (owner.Migration != request.Migration || owner.Environment != request.Environment || owner.Cluster != request.Cluster) {
		return owner
	}
	_, err = tx.Exec(ctx, "INSERT INTO "+t.own("db_migrate_owner")+` AS o VALUES ($1, $2, $3, $4, $5) ON CONFLICT (customers) DO UPDATE
		SET migration = $2, environment = $3, cluster = $4, run_id = $5, since = now()`,
		t.customersName(), request.Migration, request.Environment, request.Cluster, request.ID)
	return err
}

// owner is the overseer that owns a table by a condition; nil: there is none.
func (t *table) owner(ctx context.Context, tx pgx.Tx, condition string, arguments ...any) (*database.OwnerError, error) {
	row, err := one(ctx, tx, "SELECT migration, environment, cluster, extract(epoch FROM since)::bigint FROM "+t.own("db_migrate_owner")+" WHERE "+condition, arguments...)
	if err != nil || row == nil {
		return nil, err
	}
	return &database.OwnerError{Table: t.name, Migration: *row[0], Environment: *row[1], Cluster: *row[2], Since: time.Unix(number(row[3]), 0)}, nil
}

func (t *table) beginRun(ctx context.Context, tx pgx.Tx, request database.RunRequest) (database.BegunRun, error) {
	begun := database.BegunRun{Run: database.Run{ID: request.ID}}
	row, err := one(ctx, tx, "SELECT number FROM "+t.own("db_migrate_runs")+" WHERE run_id = $1", request.ID)
	if err != nil {
		return begun, err
	}
	if row != nil {
		begun.Run.Number = number(row[0])
	} else if begun.Run.Number, err = t.newRun(ctx, tx, request); err != nil {
		return begun, err
	}
	return begun, t.resume(ctx, tx, &begun, request)
}

func (t *table) newRun(ctx context.Context, tx pgx.Tx, request database.RunRequest) (int64, error) {
	row, err := one(ctx, tx, "SELECT definition FROM "+t.own("db_migrate_runs")+" WHERE migration = $1 ORDER BY number DESC LIMIT 1", request.Migration)
	if err != nil {
		return 0, err
	}
	if row != nil && *row[0] != request.Definition && !request.SameLedger {
		return 0, &database.DefinitionError{Migration: request.Migration, Ledger: *row[0], Worker: request.Definition}
	}
	if request.Reset {
		if _, err := tx.Exec(ctx, "DELETE FROM "+t.own("db_migrate_state")+" WHERE migration = $1", request.Migration); err != nil {
			return 0, err
		}
	}
	// what the counterpart has done is undone from here on: it must begin anew
	if _, err := tx.Exec(ctx, "DELETE FROM "+t.own("db_migrate_state")+" WHERE migration = $1", t.plan.Counterpart()); err != nil {
		return 0, err
	}
	row, err = one(ctx, tx, "INSERT INTO "+t.own("db_migrate_runs")+" (run_id, migration, environment, cluster, definition) VALUES ($1, $2, $3, $4, $5) RETURNING number",
		request.ID, request.Migration, request.Environment, request.Cluster, request.Definition)
	if err != nil {
		return 0, err
	}
	if number(row[0]) > math.MaxInt16 {
		return 0, broken("schema %s has counted %d runs, and the ledgers number no more than %d; drop the tables db_migrate_* of migrations that are over", t.ours, number(row[0])-1, math.MaxInt16)
	}
	return number(row[0]), nil
}

// resume finds where a prior run got to, and makes the paging state this run's.
func (t *table) resume(ctx context.Context, tx pgx.Tx, begun *database.BegunRun, request database.RunRequest) error {
	row, err := one(ctx, tx, "SELECT run, position, closed FROM "+t.own("db_migrate_state")+" WHERE migration = $1", request.Migration)
	if err != nil {
		return err
	}
	var position *string
	if row != nil && *row[2] == "f" {
		position = row[1]
	}
	if position != nil {
		if err := json.Unmarshal([]byte(*position), &begun.Position); err != nil {
			return fmt.Errorf("paging state of migration %s: %w", request.Migration, err)
		}
		failed, err := one(ctx, tx, "SELECT count(*) FROM "+t.own("db_migrate_failures")+" WHERE migration = $1 AND run < $2", request.Migration, begun.Run.Number)
		if err != nil {
			return err
		}
		begun.Failed = int(number(failed[0]))
	}
	if row != nil && number(row[0]) == begun.Run.Number {
		return nil
	}
	_, err = tx.Exec(ctx, "INSERT INTO "+t.own("db_migrate_state")+` VALUES ($1, $2, 0, $3, false) ON CONFLICT (migration) DO UPDATE
		SET run = $2, sequence = 0, position = $3, closed = false`, request.Migration, begun.Run.Number, position)
	return err
}

// SavePagingState moves the run's paging state forward.
func (t *table) SavePagingState(ctx context.Context, run database.Run, state database.PagingState) error {
	return t.explain(t.saveState(ctx, t.toWrite(), run, state))
}

func (t *table) saveState(ctx context.Context, in session, run database.Run, state database.PagingState) error {
	position, err := json.Marshal(state.Position)
	if err != nil {
		return err
	}
	_, err = in.Exec(ctx, "UPDATE "+t.own("db_migrate_state")+" SET sequence = $1, position = $2 WHERE migration = $3 AND run = $4 AND sequence < $1 AND NOT closed",
		state.Sequence, string(position), t.plan.Migration, run.Number)
	return err
}

// End notes how the run ended. The closed state is a tombstone: a late orphan
// cannot write the paging state again.
func (t *table) End(ctx context.Context, run database.Run, ending database.Ending) error {
	return t.transaction(ctx, func(ctx context.Context, tx pgx.Tx) error {
		if ending.State != nil {
			if err := t.saveState(ctx, tx, run, *ending.State); err != nil {
				return err
			}
		}
		if ending.Discard {
			if _, err := tx.Exec(ctx, "UPDATE "+t.own("db_migrate_state")+" SET closed = true, position = NULL WHERE migration = $1 AND run = $2", t.plan.Migration, run.Number); err != nil {
				return err
			}
		}
		if _, err := tx.Exec(ctx, "UPDATE "+t.own("db_migrate_runs")+" SET ended_at = now(), outcome = $1 WHERE number = $2 AND ended_at IS NULL", ending.Outcome, run.Number); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, "DELETE FROM "+t.own("db_migrate_owner")+" WHERE customers = $1 AND run_id = $2", t.customersName(), run.ID)
		return err
	})
}
