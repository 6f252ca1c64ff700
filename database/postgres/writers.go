package postgres

import (
	"context"
	"errors"
	"slices"
	"time"

	"db-migrate/database"
	"db-migrate/database/driverkit"
)

const (
	// writersPatience is how long an ended run waits for transactions that have seen
	// it alive; idleTransaction ends those whose worker does not answer.
	writersPatience = 20 * time.Second
	// frozenPatience is after how long such a transaction is ended, if it only waits
	// for its worker.
	frozenPatience = 3 * time.Second
	lookAgain      = 20 * time.Millisecond
)

// AwaitWriters waits for the transactions that hold a lock on a ledger of the table:
// they have read the run's row after they took it.
func (s store) AwaitWriters(ctx context.Context, customers string) error {
	began, ended := time.Now(), false
	waited, err := s.writersNow(ctx, customers)
	for err == nil && len(waited) > 0 {
		switch {
		case time.Since(began) > writersPatience:
			return &database.Error{Class: database.Contention, Err: errors.New("a transaction of a run that has ended is still under way")}
		case time.Since(began) > frozenPatience && !ended:
			s.endFrozen(ctx, waited)
			ended = true
		}
		if err := database.Sleep(ctx, lookAgain); err != nil {
			return err
		}
		var now []writer
		now, err = s.writersNow(ctx, customers)
		waited = slices.DeleteFunc(waited, func(one writer) bool { return !slices.Contains(now, one) })
	}
	return err
}

// writer is a transaction of a session.
type writer struct{ process, transaction string }

func (s store) writersNow(ctx context.Context, customers string) ([]writer, error) {
	var found []writer
	err := query(ctx, s.toWrite(), `SELECT l.pid, l.virtualtransaction FROM pg_locks l JOIN pg_class c ON c.oid = l.relation JOIN pg_namespace n ON n.oid = c.relnamespace
		WHERE l.locktype = 'relation' AND l.granted AND l.mode = 'RowExclusiveLock' AND l.pid <> pg_backend_pid()
		AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database()) AND n.nspname = $1
		AND c.relname IN (SELECT ledger FROM `+s.own("db_migrate_books")+` WHERE customers = $2)`, []any{s.ours, customers}, func(values driverkit.Texts) error {
		found = append(found, writer{*values[0], *values[1]})
		return nil
	})
	return found, classify(err)
}

// endFrozen ends sessions of ours whose transaction waits for its worker, for its next
// statement or for it to take the answer: a worker that was stopped in the middle of it
// finds its connection gone. No timeout of the server's ends one that waits to be rid of
// its answer; for others, whoever lacks the right waits for
// idle_in_transaction_session_timeout.
func (s store) endFrozen(ctx context.Context, writers []writer) {
	for _, one := range writers {
		_, _ = s.toWrite().Exec(ctx, `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
			WHERE pid = $1::text::int AND application_name = 'db-migrate' AND (state LIKE 'idle in transaction%' OR wait_event_type = 'Client')`, one.process)
	}
}
