package loops

import (
	"context"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5/pgxpool"
)

// Sets migrates 1,000 customers by one SQL statement, by key range, and enters
// them into the ledger by the same statement.
func (p *Postgres) Sets(ctx context.Context) (int64, error) {
	statement := "WITH updated AS (UPDATE customers SET " + Assignments + " WHERE id > $1 AND id <= $2 AND " + Needed + " RETURNING id) " + p.enter("updated")
	return p.work(ctx, setSize, func(ctx context.Context, on *pgxpool.Conn, part stretch) (int64, error) {
		entered, err := on.Exec(ctx, statement, part.after, part.upTo)
		return entered.RowsAffected(), err
	})
}

// Unnest reads 1,000 rows, computes the changes in Go, and writes them by one
// statement, which compares the columns that were read, and enters those who were
// written into the ledger, if there is one.
func (p *Postgres) Unnest(ctx context.Context) (int64, error) {
	statement := p.unnestStatement()
	return p.work(ctx, setSize, func(ctx context.Context, on *pgxpool.Conn, part stretch) (int64, error) {
		made, err := p.changesOf(ctx, on, part)
		if err != nil || len(made) == 0 {
			return 0, err
		}
		written, err := on.Exec(ctx, statement, lists(made)...)
		return written.RowsAffected(), err
	})
}

func (p *Postgres) unnestStatement() string {
	parameters, aliases, old := []string{"$1::bigint[]"}, []string{"id"}, []string{}
	for i := range 11 {
		parameters = append(parameters, fmt.Sprintf("$%d::text[]", i+2))
		aliases = append(aliases, fmt.Sprintf("v%d", i))
	}
	for i := range columnNames() {
		old = append(old, fmt.Sprintf("v.v%d", i))
	}
	update := `UPDATE customers AS t SET first_name = v.v7, last_name = v.v8, phone_e164 = v.v9, email_normalized = v.v10
		FROM unnest(` + strings.Join(parameters, ", ") + ") AS v(" + strings.Join(aliases, ", ") + `)
		WHERE t.id = v.id AND ROW(t.` + strings.Join(columnNames(), ", t.") + ")::record *= ROW(" + strings.Join(old, ", ") + ")::record"
	if p.Ledger == "" {
		return update
	}
	return "WITH updated AS (" + update + " RETURNING t.id) " + p.enter("updated")
}

// lists are the changes by column.
func lists(made []change) []any {
	keys, columns := make([]int64, len(made)), make([][]*string, 11)
	for i := range columns {
		columns[i] = make([]*string, len(made))
	}
	for at := range made {
		keys[at] = made[at].id
		for i, value := range made[at].old {
			columns[i][at] = value
		}
		for i := range made[at].new {
			columns[7+i][at] = &made[at].new[i]
		}
	}
	arguments := []any{keys}
	for _, column := range columns {
		arguments = append(arguments, column)
	}
	return arguments
}
