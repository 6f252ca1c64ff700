package mysql

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"time"

	"db-migrate/database"
)

// beginTime is how long a run waits for another one that begins at the moment.
const beginTime = 10

// Begin creates what is missing of our tables, and begins the run. Two of them at
// once wait for each other.
func (t *table) Begin(ctx context.Context, request database.RunRequest) (database.BegunRun, error) {
	var begun database.BegunRun
	err := t.alone(ctx, func() error {
		if err := t.create(ctx); err != nil {
			return err
		}
		return t.transaction(ctx, func(ctx context.Context, in session) error {
			if err := t.becomeOwner(ctx, in, request); err != nil {
				return err
			}
			var err error
			begun, err = t.beginRun(ctx, in, request)
			return err
		})
	})
	t.renew(err)
	return begun, classify(err)
}

// alone runs do while no other begins a run in the same schema.
func (t *table) alone(ctx context.Context, do func() error) error {
	held, err := t.writers.Conn(ctx)
	if err != nil {
		return err
	}
	defer held.Close()
	got, err := one(ctx, held, "SELECT GET_LOCK(LEFT(CONCAT('db_migrate.', ?), 64), ?)", t.ours, beginTime)
	if err != nil {
		return err
	}
	if number(got[0]) != 1 {
		return &database.Error{Class: database.Contention, Err: fmt.Errorf("another run is beginning in database %s since %d s", t.ours, beginTime)}
	}
	defer func() {
		_, _ = one(context.WithoutCancel(ctx), held, "SELECT RELEASE_LOCK(LEFT(CONCAT('db_migrate.', ?), 64))", t.ours)
	}()
	return do()
}

// create creates the tables that are missing; a DBA may have made them before.
// It commits by itself, as all of these servers' CREATE TABLE do.
func (t *table) create(ctx context.Context) error {
	for _, ours := range t.ourTables() {
		found, err := one(ctx, t.readers, "SELECT 1 FROM information_schema.tables WHERE table_schema = ? AND table_name = ?", t.ours, ours[0])
		if err != nil {
			return err
		}
		if found != nil {
			continue
		}
		if _, err := t.writers.ExecContext(ctx, ours[1]); err != nil {
			return fmt.Errorf("table %s cannot be created (give the right to create in database %s, or name another one in connection/schema): %w", ours[0], t.ours, err)
		}
	}
	return nil
}

// customersName is how the owner's row names the table.
func (t *table) customersName() string { return t.schema + "." + t.name }

// becomeOwner makes the run the table's owner, unless another overseer is.
func (t *table) becomeOwner(ctx context.Context, in session, request database.RunRequest) error {
	row, err := one(ctx, in, "SELECT migration, environment, cluster, UNIX_TIMESTAMP(since) FROM "+t.own("db_migrate_owner")+" WHERE customers = ? FOR UPDATE", t.customersName())
	if err != nil {
		return err
	}
	if row != nil && !request.TakeOver {
		owner := database.OwnerError{Table: t.name, Migration: string(row[0]), Environment: string(row[1]), Cluster: string(row[2]), Since: time.Unix(number(row[3]), 0)}
		if owner.Migration != request.Migration || owner.Environment != request.Environment || owner.Cluster != request.Cluster {
			return &owner
		}
	}
	_, err = in.ExecContext(ctx, "REPLACE INTO "+t.own("db_migrate_owner")+" (customers, migration, environment, cluster, run_id) VALUES (?, ?, ?, ?, ?)",
		t.customersName(), request.Migration, request.Environment, request.Cluster, request.ID)
	return err
}

func (t *table) beginRun(ctx context.Context, in session, request database.RunRequest) (database.BegunRun, error) {
	begun := database.BegunRun{Run: database.Run{ID: request.ID}}
	row, err := one(ctx, in, "SELECT number FROM "+t.own("db_migrate_runs")+" WHERE run_id = ?", request.ID)
	if err != nil {
		return begun, err
	}
	if row != nil {
		begun.Run.Number = number(row[0])
	} else if begun.Run.Number, err = t.newRun(ctx, in, request); err != nil {
		return begun, err
	}
	return begun, t.resume(ctx, in, &begun, request)
}

func (t *table) newRun(ctx context.Context, in session, request database.RunRequest) (int64, error) {
	row, err := one(ctx, in, "SELECT definition FROM "+t.own("db_migrate_runs")+" WHERE migration = ? ORDER BY number DESC LIMIT 1", request.Migration)
	if err != nil {
		return 0, err
	}
	if row != nil && string(row[0]) != request.Definition && !request.SameLedger {
		return 0, &database.DefinitionError{Migration: request.Migration, Ledger: string(row[0]), Worker: request.Definition}
	}
	if request.Reset {
		if _, err := in.ExecContext(ctx, "DELETE FROM "+t.own("db_migrate_state")+" WHERE migration = ?", request.Migration); err != nil {
			return 0, err
		}
	}
	// what the counterpart has done is undone from here on: it must begin anew
	if _, err := in.ExecContext(ctx, "DELETE FROM "+t.own("db_migrate_state")+" WHERE migration = ?", t.plan.Counterpart()); err != nil {
		return 0, err
	}
	result, err := in.ExecContext(ctx, "INSERT INTO "+t.own("db_migrate_runs")+" (run_id, migration, environment, cluster, definition) VALUES (?, ?, ?, ?, ?)",
		request.ID, request.Migration, request.Environment, request.Cluster, request.Definition)
	if err != nil {
		return 0, err
	}
	return result.LastInsertId()
}

// resume finds where a prior run got to, and makes the paging state this run's.
func (t *table) resume(ctx context.Context, in session, begun *database.BegunRun, request database.RunRequest) error {
	row, err := one(ctx, in, "SELECT run, position, closed FROM "+t.own("db_migrate_state")+" WHERE migration = ?", request.Migration)
	if err != nil {
		return err
	}
	var position sql.NullString
	if row != nil && number(row[2]) == 0 && row[1] != nil {
		position = sql.NullString{String: string(row[1]), Valid: true}
	}
	if position.Valid {
		if err := json.Unmarshal([]byte(position.String), &begun.Position); err != nil {
			return fmt.Errorf("paging state of migration %s: %w", request.Migration, err)
		}
		failed, err := one(ctx, in, "SELECT COUNT(*) FROM "+t.own("db_migrate_failures")+" WHERE migration = ? AND run < ?", request.Migration, begun.Run.Number)
		if err != nil {
			return err
		}
		begun.Failed = int(number(failed[0]))
	}
	if row != nil && number(row[0]) == begun.Run.Number {
		return nil
	}
	_, err = in.ExecContext(ctx, "REPLACE INTO "+t.own("db_migrate_state")+" VALUES (?, ?, 0, ?, FALSE)", request.Migration, begun.Run.Number, position)
	return err
}

// SavePagingState moves the run's paging state forward.
func (t *table) SavePagingState(ctx context.Context, run database.Run, state database.PagingState) error {
	return t.transaction(ctx, func(ctx context.Context, in session) error { return t.saveState(ctx, in, run, state) })
}

func (t *table) saveState(ctx context.Context, in session, run database.Run, state database.PagingState) error {
	position, err := json.Marshal(state.Position)
	if err != nil {
		return err
	}
	_, err = in.ExecContext(ctx, "UPDATE "+t.own("db_migrate_state")+" SET position = ?, sequence = ? WHERE migration = ? AND run = ? AND sequence < ? AND NOT closed",
		string(position), state.Sequence, t.plan.Migration, run.Number, state.Sequence)
	return err
}

// End notes how the run ended. The closed state is a tombstone: a late orphan
// cannot write the paging state again.
func (t *table) End(ctx context.Context, run database.Run, ending database.Ending) error {
	return t.transaction(ctx, func(ctx context.Context, in session) error {
		if ending.State != nil {
			if err := t.saveState(ctx, in, run, *ending.State); err != nil {
				return err
			}
		}
		if ending.Discard {
			if _, err := in.ExecContext(ctx, "UPDATE "+t.own("db_migrate_state")+" SET closed = TRUE, position = NULL WHERE migration = ? AND run = ?", t.plan.Migration, run.Number); err != nil {
				return err
			}
		}
		if _, err := in.ExecContext(ctx, "UPDATE "+t.own("db_migrate_runs")+" SET ended_at = CURRENT_TIMESTAMP, outcome = ? WHERE number = ? AND ended_at IS NULL", ending.Outcome, run.Number); err != nil {
			return err
		}
		_, err := in.ExecContext(ctx, "DELETE FROM "+t.own("db_migrate_owner")+" WHERE customers = ? AND run_id = ?", t.customersName(), run.ID)
		return err
	})
}
