package loops

import (
	"context"
	"strings"
	"sync/atomic"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"golang.org/x/sync/errgroup"
)

// Postgres are the loops on PostgreSQL, each with as many workers as the pool has
// connections but one, which finds the keys.
type Postgres struct {
	Pool *pgxpool.Pool
	// Workers is how many there are.
	Workers int
	// Ledger is the ledger's name; empty: none is kept. LedgerColumns are those
	// beside the key.
	Ledger        string
	LedgerColumns []string
}

// Assignments and Needed are the migration in SQL, the same as in the YAML files
// of the benchmarks.
const (
	Assignments = `first_name = split_part(trim(full_name), ' ', 1),
    last_name = CASE WHEN strpos(trim(full_name), ' ') = 0 THEN ''
      ELSE trim(substr(trim(full_name), strpos(trim(full_name), ' ') + 1)) END,
    email_normalized = lower(trim(email))`
	Needed = `(first_name IS NULL OR email_normalized IS NULL)`
)

// stretch is the customers after one key and up to another.
type stretch struct{ after, upTo int64 }

// handSize is how many customers a worker takes at a time that writes each of them
// on his own: few enough that all workers end together.
const handSize = 100

// stretches finds stretches of so many customers by key.
func (p *Postgres) stretches(ctx context.Context, size int, found chan<- stretch) error {
	defer close(found)
	const next = "SELECT max(id) FROM (SELECT id FROM customers WHERE id > $1 ORDER BY id LIMIT $2) AS page"
	for after := int64(-1); ; {
		var upTo *int64
		if err := p.Pool.QueryRow(ctx, next, after, size).Scan(&upTo); err != nil || upTo == nil {
			return err
		}
		select {
		case found <- stretch{after, *upTo}:
			after = *upTo
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// work runs the workers on stretches of so many customers, each on a connection of its own, and
// adds up what they migrated.
func (p *Postgres) work(ctx context.Context, size int, do func(context.Context, *pgxpool.Conn, stretch) (int64, error)) (int64, error) {
	group, ctx := errgroup.WithContext(ctx)
	found := make(chan stretch, p.Workers)
	group.Go(func() error { return p.stretches(ctx, size, found) })
	var migrated atomic.Int64
	for range p.Workers {
		group.Go(func() error {
			held, err := p.Pool.Acquire(ctx)
			if err != nil {
				return err
			}
			defer held.Release()
			for next := range found {
				number, err := do(ctx, held, next)
				if err != nil {
					return err
				}
				migrated.Add(number)
			}
			return nil
		})
	}
	err := group.Wait()
	return migrated.Load(), err
}

// ids are the keys of a stretch.
func ids(ctx context.Context, on *pgxpool.Conn, part stretch) ([]int64, error) {
	rows, err := on.Query(ctx, "SELECT id FROM customers WHERE id > $1 AND id <= $2 ORDER BY id", part.after, part.upTo)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[int64])
}

// customers are the rows of a stretch.
func customers(ctx context.Context, on *pgxpool.Conn, part stretch) ([]customer, error) {
	rows, err := on.Query(ctx, "SELECT "+selected+" FROM customers WHERE id > $1 AND id <= $2 ORDER BY id", part.after, part.upTo)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (found customer, err error) {
		err = row.Scan(found.targets()...)
		return found, err
	})
}

// enter is the statement that enters the customers of a query into the ledger.
func (p *Postgres) enter(query string) string {
	return "INSERT INTO " + p.Ledger + " (id, " + strings.Join(p.LedgerColumns, ", ") + ") SELECT id, " + ones(p.LedgerColumns) + " FROM " + query
}

// oneStatement migrates and enters the customer $1.
func (p *Postgres) oneStatement() string {
	return "WITH updated AS (UPDATE customers SET " + Assignments + " WHERE id = $1 AND " + Needed + " RETURNING id) " + p.enter("updated")
}
