package sqlite

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"db-migrate/database"
)

// Begin creates what is missing of our tables, and begins the run.
func (t *table) Begin(ctx context.Context, request database.RunRequest) (database.BegunRun, error) {
	var begun database.BegunRun
	_, err := t.transaction(ctx, func(ctx context.Context) error {
		for _, text := range t.ddl() {
			if err := t.writer.execute(ctx, text); err != nil {
				return fmt.Errorf("the tables of db-migrate cannot be created: %w", err)
			}
		}
		if err := t.own(ctx, request); err != nil {
			return err
		}
		var err error
		begun, err = t.beginRun(ctx, request)
		return err
	})
	return begun, err
}

// own makes the run the table's owner, unless another overseer is.
func (t *table) own(ctx context.Context, request database.RunRequest) error {
	owner := database.OwnerError{Table: t.name}
	var since int64
	err := t.row(ctx, "SELECT migration, environment, cluster, since FROM db_migrate_owner WHERE customers = ?", t.name).
		Scan(&owner.Migration, &owner.Environment, &owner.Cluster, &since)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return err
	}
	same := owner.Migration == request.Migration && owner.Environment == request.Environment && owner.Cluster == request.Cluster
	if err == nil && !same && !request.TakeOver {
		owner.Since = time.Unix(since, 0)
		return &owner
	}
	return t.writer.execute(ctx, "INSERT OR REPLACE INTO db_migrate_owner VALUES (?, ?, ?, ?, ?, ?)",
		t.name, request.Migration, request.Environment, request.Cluster, request.ID, time.Now().Unix())
}

func (t *table) row(ctx context.Context, text string, arguments ...any) *sql.Row {
	return t.writer.conn.QueryRowContext(ctx, text, arguments...)
}

func (t *table) beginRun(ctx context.Context, request database.RunRequest) (database.BegunRun, error) {
	begun := database.BegunRun{Run: database.Run{ID: request.ID}}
	err := t.row(ctx, "SELECT number FROM db_migrate_runs WHERE run_id = ?", request.ID).Scan(&begun.Run.Number)
	if errors.Is(err, sql.ErrNoRows) {
		begun.Run.Number, err = t.newRun(ctx, request)
	}
	if err != nil {
		return begun, err
	}
	return begun, t.resume(ctx, &begun, request)
}

func (t *table) newRun(ctx context.Context, request database.RunRequest) (int64, error) {
	var definition string
	err := t.row(ctx, "SELECT definition FROM db_migrate_runs WHERE migration = ? ORDER BY number DESC LIMIT 1", request.Migration).Scan(&definition)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return 0, err
	}
	if err == nil && definition != request.Definition && !request.SameLedger {
		return 0, &database.DefinitionError{Migration: request.Migration, Ledger: definition, Worker: request.Definition}
	}
	if request.Reset {
		if err := t.writer.execute(ctx, "DELETE FROM db_migrate_state WHERE migration = ?", request.Migration); err != nil {
			return 0, err
		}
	}
	// what the counterpart has done is undone from here on: it must begin anew
	if err := t.writer.execute(ctx, "DELETE FROM db_migrate_state WHERE migration = ?", t.plan.Counterpart()); err != nil {
		return 0, err
	}
	var number int64
	err = t.row(ctx, "INSERT INTO db_migrate_runs (run_id, migration, environment, cluster, definition, started_at) VALUES (?, ?, ?, ?, ?, ?) RETURNING number",
		request.ID, request.Migration, request.Environment, request.Cluster, request.Definition, time.Now().Unix()).Scan(&number)
	return number, err
}

// resume finds where a prior run got to, and makes the paging state this run's.
func (t *table) resume(ctx context.Context, begun *database.BegunRun, request database.RunRequest) error {
	var run, closed int64
	var position sql.NullString
	err := t.row(ctx, "SELECT run, position, closed FROM db_migrate_state WHERE migration = ?", request.Migration).Scan(&run, &position, &closed)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return err
	}
	if err == nil && closed == 0 && position.Valid {
		if err := json.Unmarshal([]byte(position.String), &begun.Position); err != nil {
			return fmt.Errorf("paging state of migration %s: %w", request.Migration, err)
		}
		if err := t.row(ctx, "SELECT COUNT(*) FROM db_migrate_failures WHERE migration = ? AND run < ?", request.Migration, begun.Run.Number).Scan(&begun.Failed); err != nil {
			return err
		}
	}
	if err == nil && run == begun.Run.Number {
		return nil
	}
	if closed != 0 {
		position = sql.NullString{}
	}
	return t.writer.execute(ctx, "INSERT OR REPLACE INTO db_migrate_state VALUES (?, ?, 0, ?, 0)", request.Migration, begun.Run.Number, position)
}

// SavePagingState moves the run's paging state forward.
func (t *table) SavePagingState(ctx context.Context, run database.Run, state database.PagingState) error {
	_, err := t.transaction(ctx, func(ctx context.Context) error { return t.saveState(ctx, run, state) })
	return err
}

func (t *table) saveState(ctx context.Context, run database.Run, state database.PagingState) error {
	position, err := json.Marshal(state.Position)
	if err != nil {
		return err
	}
	return t.writer.execute(ctx, "UPDATE db_migrate_state SET sequence = ?, position = ? WHERE migration = ? AND run = ? AND sequence < ? AND closed = 0",
		state.Sequence, string(position), t.plan.Migration, run.Number, state.Sequence)
}

// End notes how the run ended. The closed state is a tombstone: a late orphan
// cannot write the paging state again.
func (t *table) End(ctx context.Context, run database.Run, ending database.Ending) error {
	_, err := t.transaction(ctx, func(ctx context.Context) error {
		if ending.State != nil {
			if err := t.saveState(ctx, run, *ending.State); err != nil {
				return err
			}
		}
		if ending.Discard {
			if err := t.writer.execute(ctx, "UPDATE db_migrate_state SET closed = 1, position = NULL WHERE migration = ? AND run = ?", t.plan.Migration, run.Number); err != nil {
				return err
			}
		}
		if err := t.writer.execute(ctx, "UPDATE db_migrate_runs SET ended_at = ?, outcome = ? WHERE number = ? AND ended_at IS NULL", time.Now().Unix(), ending.Outcome, run.Number); err != nil {
			return err
		}
		return t.writer.execute(ctx, "DELETE FROM db_migrate_owner WHERE customers = ? AND run_id = ?", t.name, run.ID)
	})
	return err
}

// Bury writes a dead letter, and takes the customer's ledger key for it.
func (t *table) Bury(ctx context.Context, run database.Run, letter database.DeadLetter) (bool, error) {
	var buried bool
	_, err := t.transaction(ctx, func(ctx context.Context) error {
		rows, err := t.readLocked(ctx, letter.Key)
		if err != nil || len(rows) == 0 {
			return err
		}
		mark := database.Mark{Run: run, Sequence: letter.Sequence}
		if err := t.insert(ctx, mark, []database.Key{letter.Key}, outcomeFailed); err != nil {
			return err
		}
		buried = true
		return t.writer.execute(ctx, "INSERT OR REPLACE INTO db_migrate_failures VALUES (?, ?, ?, ?, ?, ?, ?)", t.plan.Migration, letter.Key.Stored(),
			run.Number, letter.Sequence, letter.Error, letter.Attempts, time.Now().UTC().Format(time.DateTime))
	})
	return buried && err == nil, err
}

// Exhume deletes failed marks and dead letters of earlier runs.
func (t *table) Exhume(ctx context.Context, run database.Run, keys []database.Key) error {
	_, err := t.transaction(ctx, func(ctx context.Context) error {
		for _, key := range keys {
			arguments, err := t.keyArguments(nil, key)
			if err != nil {
				return err
			}
			text := fmt.Sprintf("DELETE FROM %s WHERE %s = %s AND outcome = %d AND run < ?", quote(t.ledger), t.keyTuple(), t.keyMarks(), outcomeFailed)
			if err := t.writer.execute(ctx, text, append(arguments, run.Number)...); err != nil {
				return err
			}
			if err := t.writer.execute(ctx, "DELETE FROM db_migrate_failures WHERE migration = ? AND customer = ? AND run < ?", t.plan.Migration, key.Stored(), run.Number); err != nil {
				return err
			}
		}
		return nil
	})
	return err
}

// DeadLetters lists customers that failed in earlier runs.
func (t *table) DeadLetters(ctx context.Context, before database.Run, after database.Key, limit int) ([]database.DeadLetter, error) {
	condition, arguments := "migration = ? AND run < ?", []any{t.plan.Migration, before.Number}
	if after != nil {
		condition, arguments = condition+" AND customer > ?", append(arguments, after.Stored())
	}
	var letters []database.DeadLetter
	text := strings.Join([]string{"SELECT customer, range, error, attempts FROM db_migrate_failures WHERE", condition, "ORDER BY customer LIMIT ?"}, " ")
	err := t.query(ctx, text, append(arguments, limit), 4, func(values []any) error {
		customer, _ := values[0].(string)
		sequence, _ := values[1].(int64)
		said, _ := values[2].(string)
		attempts, _ := values[3].(int64)
		key, err := database.ParseStored(customer, len(t.keys))
		letters = append(letters, database.DeadLetter{Key: key, Sequence: sequence, Error: said, Attempts: int(attempts)})
		return err
	})
	if err != nil && t.unbegun(ctx) {
		return nil, nil
	}
	return letters, err
}

// unbegun tells whether no run has ever begun in this file: whoever only reads must
// not wait for its writer.
func (t *table) unbegun(ctx context.Context) bool {
	found := false
	err := t.query(ctx, "SELECT name FROM sqlite_schema WHERE type = 'table' AND name = 'db_migrate_failures'", nil, 1, func([]any) error {
		found = true
		return nil
	})
	return err == nil && !found
}
