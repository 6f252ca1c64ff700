package loops

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// GoTransactions is the loop that people write when the change is computed in Go:
// rows are read in pages, and each customer gets a transaction of four round
// trips. BEGIN, the update with its comparison, the ledger row, COMMIT.
func (p *Postgres) GoTransactions(ctx context.Context) (int64, error) {
	update := p.comparedUpdate()
	return p.work(ctx, handSize, func(ctx context.Context, on *pgxpool.Conn, part stretch) (migrated int64, err error) {
		made, err := p.changesOf(ctx, on, part)
		for i := range made {
			err = pgx.BeginFunc(ctx, on, func(tx pgx.Tx) error {
				updated, err := tx.Exec(ctx, update, made[i].arguments()...)
				if err != nil || updated.RowsAffected() == 0 {
					return err
				}
				migrated++
				return p.enterOne(ctx, tx, made[i].id)
			})
			if err != nil {
				return migrated, err
			}
		}
		return migrated, err
	})
}

// GoLocked is the same with the row read under a lock in the transaction, and so
// without a comparison: five round trips.
func (p *Postgres) GoLocked(ctx context.Context) (int64, error) {
	return p.work(ctx, handSize, func(ctx context.Context, on *pgxpool.Conn, part stretch) (migrated int64, err error) {
		found, err := ids(ctx, on, part)
		for _, id := range found {
			err = pgx.BeginFunc(ctx, on, func(tx pgx.Tx) error {
				done, err := p.goLocked(ctx, tx, id)
				migrated += done
				return err
			})
			if err != nil {
				return migrated, err
			}
		}
		return migrated, err
	})
}

const selectOne = "SELECT " + selected + " FROM customers WHERE id = $1"

func (p *Postgres) goLocked(ctx context.Context, tx pgx.Tx, id int64) (int64, error) {
	var row customer
	if err := tx.QueryRow(ctx, selectOne+" FOR UPDATE", id).Scan(row.targets()...); err != nil || row.filled() {
		return 0, err
	}
	made, err := row.change()
	if err != nil {
		return 0, err
	}
	_, err = tx.Exec(ctx, "UPDATE customers SET first_name = $2, last_name = $3, phone_e164 = $4, email_normalized = $5 WHERE id = $1",
		id, made.new[0], made.new[1], made.new[2], made.new[3])
	if err != nil {
		return 0, err
	}
	return 1, p.enterOne(ctx, tx, id)
}

func (p *Postgres) enterOne(ctx context.Context, tx pgx.Tx, id int64) error {
	_, err := tx.Exec(ctx, "INSERT INTO "+p.Ledger+" (id, "+strings.Join(p.LedgerColumns, ", ")+") VALUES ($1, "+ones(p.LedgerColumns)+")", id)
	return err
}

// OneInGo migrates a customer in a transaction of somebody else's, whose change is
// computed in Go.
func (p *Postgres) OneInGo(ctx context.Context, tx pgx.Tx, id int64) (int64, error) {
	var row customer
	if err := tx.QueryRow(ctx, selectOne, id).Scan(row.targets()...); err != nil || row.filled() {
		return 0, err
	}
	made, err := row.change()
	if err != nil {
		return 0, err
	}
	entered, err := tx.Exec(ctx, p.comparedStatement(), made.arguments()...)
	return entered.RowsAffected(), err
}

// GoStatements reads a set's rows at once, computes the changes in Go, and writes
// each customer in one statement, which compares the columns that were read.
func (p *Postgres) GoStatements(ctx context.Context) (int64, error) {
	statement := p.comparedStatement()
	return p.work(ctx, handSize, func(ctx context.Context, on *pgxpool.Conn, part stretch) (migrated int64, err error) {
		made, err := p.changesOf(ctx, on, part)
		for i := range made {
			entered, err := on.Exec(ctx, statement, made[i].arguments()...)
			if err != nil {
				return migrated, err
			}
			migrated += entered.RowsAffected()
		}
		return migrated, err
	})
}

// GoPipelined is the same, with 32 statements under way on each connection.
func (p *Postgres) GoPipelined(ctx context.Context) (int64, error) {
	statement := p.comparedStatement()
	return p.work(ctx, handSize, func(ctx context.Context, on *pgxpool.Conn, part stretch) (migrated int64, err error) {
		made, err := p.changesOf(ctx, on, part)
		if err != nil {
			return 0, err
		}
		bare := on.Conn().PgConn()
		if _, err := bare.Prepare(ctx, "one", statement, nil); err != nil {
			return 0, err
		}
		formats := append([]int16{pgx.BinaryFormatCode}, make([]int16, 11)...) // the texts as text
		for some := range slices.Chunk(made, pipelined) {
			number, err := pipeline(ctx, bare, len(some), func(i int) [][]byte { return some[i].bytes() }, formats)
			if err != nil {
				return migrated, err
			}
			migrated += number
		}
		return migrated, bare.Deallocate(ctx, "one")
	})
}

func (p *Postgres) changesOf(ctx context.Context, on *pgxpool.Conn, part stretch) ([]change, error) {
	found, err := customers(ctx, on, part)
	if err != nil {
		return nil, err
	}
	return changes(found)
}

// comparedUpdate writes the customer $1, if the columns are still $2 to $8; the
// new values are $9 to $12.
func (p *Postgres) comparedUpdate() string {
	old := make([]string, len(columnNames()))
	for i := range old {
		old[i] = fmt.Sprintf("$%d::text", i+2)
	}
	return `UPDATE customers AS t SET first_name = $9, last_name = $10, phone_e164 = $11, email_normalized = $12
		WHERE id = $1 AND ROW(t.` + strings.Join(columnNames(), ", t.") + ")::record *= ROW(" + strings.Join(old, ", ") + ")::record"
}

// comparedStatement is the same, and enters the customer into the ledger.
func (p *Postgres) comparedStatement() string {
	return "WITH updated AS (" + p.comparedUpdate() + " RETURNING id) " + p.enter("updated")
}

// arguments are those of comparedUpdate.
func (c *change) arguments() []any {
	values := []any{c.id}
	for _, value := range c.old {
		values = append(values, value)
	}
	for _, value := range c.new {
		values = append(values, value)
	}
	return values
}

// bytes are the same as they travel.
func (c *change) bytes() [][]byte {
	values := [][]byte{binaryID(c.id)}
	for _, value := range c.old {
		if value == nil {
			values = append(values, nil)
			continue
		}
		values = append(values, []byte(*value))
	}
	for _, value := range c.new {
		values = append(values, []byte(value))
	}
	return values
}
