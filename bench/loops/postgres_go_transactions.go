package loops

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// GoTransactions is what people write when the change is computed in Go: BEGIN,
// the row read under a lock, the update, the ledger row, COMMIT.
func (p *Postgres) GoTransactions(ctx context.Context) (int64, error) {
	return p.work(ctx, handSize, func(ctx context.Context, on *pgxpool.Conn, part stretch) (migrated int64, err error) {
		found, err := ids(ctx, on, part)
		for _, id := range found {
			err = pgx.BeginFunc(ctx, on, func(tx pgx.Tx) error {
				done, err := p.goTransaction(ctx, tx, id)
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

func (p *Postgres) goTransaction(ctx context.Context, tx pgx.Tx, id int64) (int64, error) {
	var row customer
	if err := tx.QueryRow(ctx, "SELECT "+selected+" FROM customers WHERE id = $1 FOR UPDATE", id).Scan(row.targets()...); err != nil || row.filled() {
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
	_, err = tx.Exec(ctx, "INSERT INTO "+p.Ledger+" (id, "+strings.Join(p.LedgerColumns, ", ")+") VALUES ($1, "+ones(p.LedgerColumns)+")", id)
	return 1, err
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

// comparedStatement writes and enters the customer $1, if the columns are still
// $2 to $8; the new values are $9 to $12.
func (p *Postgres) comparedStatement() string {
	old := make([]string, len(columnNames()))
	for i := range old {
		old[i] = fmt.Sprintf("$%d::text", i+2)
	}
	return `WITH updated AS (UPDATE customers AS t SET first_name = $9, last_name = $10, phone_e164 = $11, email_normalized = $12
		WHERE id = $1 AND ROW(t.` + strings.Join(columnNames(), ", t.") + ")::record *= ROW(" + strings.Join(old, ", ") + ")::record RETURNING id) " + p.enter("updated")
}

// arguments are those of comparedStatement.
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
