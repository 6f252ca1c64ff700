package postgres

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"

	"db-migrate/database"
	"db-migrate/database/books"
	"db-migrate/database/driverkit"
)

// WriteEach writes each customer in a transaction of its own. The statements
// follow each other on one connection without waiting for answers, each with a
// Sync of its own, so that one that fails takes no other with it.
func (w *setWriter) WriteEach(ctx context.Context, mark database.Mark, writes []database.Write) ([]database.Outcome, error) {
	lines, err := w.lines(mark, writes)
	if lines == nil || err != nil && database.ClassOf(err) == database.Own {
		return w.writeOneByOne(ctx, mark, writes)
	}
	if err != nil {
		return nil, err
	}
	outcomes := make([]database.Outcome, len(writes))
	for _, one := range lines {
		if err := w.pipeline(ctx, one, outcomes); err != nil {
			return nil, w.explain(err)
		}
	}
	return outcomes, w.whyUnwritten(ctx, mark, writes, outcomes)
}

// whyUnwritten writes those once more on their own that a statement has left as they were
// which asks for their key alone: that says why.
func (w *setWriter) whyUnwritten(ctx context.Context, mark database.Mark, writes []database.Write, outcomes []database.Outcome) error {
	if w.Plan.Statements == nil || !w.sql.Migrate[0].KeyAlone {
		return nil
	}
	for i := range outcomes {
		if outcomes[i].Written || outcomes[i].Err != nil {
			continue
		}
		again, err := w.writeOneByOne(ctx, mark, writes[i:i+1])
		if err != nil {
			return err
		}
		outcomes[i] = again[0]
	}
	return nil
}

// line are customers who are written by the same statement.
type line struct {
	text string
	// values are its arguments for each of them, and places where they stand in
	// the set.
	values [][][]byte
	places []int
}

// lines sorts customers by statement; nil: some need more than one.
func (w *setWriter) lines(mark database.Mark, writes []database.Write) ([]line, error) {
	if w.Plan.Statements != nil {
		return w.statementLine(mark, writes)
	}
	if further(writes) {
		return nil, nil
	}
	groups, err := driverkit.GroupWrites(writes, w.Plan.Columns(), w.columns)
	if err != nil {
		return nil, err
	}
	lines := make([]line, len(groups))
	for i, g := range groups {
		lines[i] = line{text: w.oneText(g.Columns), places: g.Places, values: make([][][]byte, len(g.Writes))}
		for k, write := range g.Writes {
			if lines[i].values[k], err = w.oneValues(mark, g.Columns, write); err != nil {
				return nil, err
			}
		}
	}
	return lines, nil
}

// writeOneByOne is for changes of more than one statement.
func (w *setWriter) writeOneByOne(ctx context.Context, mark database.Mark, writes []database.Write) ([]database.Outcome, error) {
	outcomes := make([]database.Outcome, len(writes))
	for i := range writes {
		written, err := w.Write(ctx, mark, writes[i:i+1])
		switch {
		case err == nil:
			outcomes[i].Written = written.Rows[0]
		case ctx.Err() == nil && database.AboutCustomers(err):
			outcomes[i].Err = err
		default:
			return nil, err
		}
	}
	return outcomes, nil
}

// pipeline writes a line of customers on one connection.
func (w *setWriter) pipeline(ctx context.Context, one line, outcomes []database.Outcome) error {
	held, err := w.toWrite().Acquire(ctx)
	if err != nil {
		return err
	}
	defer held.Release()
	prepared, err := held.Conn().Prepare(ctx, one.text, one.text)
	if err != nil {
		return err
	}
	running := held.Conn().PgConn().StartPipeline(ctx)
	for _, values := range one.values {
		running.SendQueryStatement(prepared, values, nil, nil)
		running.SendPipelineSync()
	}
	err = running.Flush()
	for _, place := range one.places {
		if err == nil {
			outcomes[place], err = w.answer(running)
		}
	}
	return errors.Join(err, running.Close())
}

// answer is what became of the next customer. It is known only once the
// transaction has ended: a deferred constraint fails at the Sync.
func (w *setWriter) answer(running *pgconn.Pipeline) (database.Outcome, error) {
	var outcome database.Outcome
	for {
		results, err := running.GetResults()
		if reader, ok := results.(*pgconn.ResultReader); ok && err == nil {
			var tag pgconn.CommandTag
			tag, err = reader.Close()
			outcome.Written = tag.RowsAffected() == 1
		}
		var failed *pgconn.PgError
		if results == nil && err == nil {
			return outcome, &database.Error{Class: database.Disconnected, Err: errors.New("the server has sent no answer to a transaction")}
		}
		if err != nil && !errors.As(err, &failed) {
			return outcome, err
		}
		if err != nil {
			if err = w.explain(err); !database.AboutCustomers(err) {
				return outcome, err
			}
			outcome.Err = err
		}
		if _, ended := results.(*pgconn.PipelineSync); ended {
			outcome.Written = outcome.Written && outcome.Err == nil
			return outcome, nil
		}
	}
}

// oneText updates one row that is still as it was read, and enters it into the
// ledger.
func (w *setWriter) oneText(assigned []column) string {
	place := 0
	next := func() string {
		place++
		return fmt.Sprintf("$%d", place)
	}
	keys, old, sets := make([]string, len(w.keys)), make([]string, len(w.columns)), make([]string, len(assigned))
	for i, column := range w.keys {
		keys[i] = column.cast(next())
	}
	for i, column := range w.columns {
		old[i] = column.cast(next())
	}
	for i, column := range assigned {
		sets[i] = quote(column.name) + " = " + column.cast(next())
	}
	list := w.List()
	return fmt.Sprintf(`WITH updated (%s) AS (UPDATE %s AS t SET %s WHERE %s = %s AND ROW(%s)::record *= ROW(%s)::record RETURNING %s)
		INSERT INTO %s (%s) SELECT %s, %s, $%d::int, %d FROM updated`,
		list, w.From, strings.Join(sets, ", "), driverkit.Tuple(names(w.keys, "t.")), driverkit.Tuple(keys), strings.Join(compared(w.columns, "t."), ", "),
		strings.Join(old, ", "), w.kept(keys), w.own(w.ledger), w.entered(), list, w.Proof(fmt.Sprintf("$%d::int", place+1), fmt.Sprintf("$%d::text", place+3)), place+2, books.OutcomeMigrated)
}

// oneValues are the arguments of oneText, as PostgreSQL reads them.
func (w *setWriter) oneValues(mark database.Mark, assigned []column, write database.Write) ([][]byte, error) {
	before, err := driverkit.Seen(write.Row, len(w.columns))
	if err != nil {
		return nil, err
	}
	if err := w.CheckWidth(write.Row.Key); err != nil {
		return nil, err
	}
	values := make([][]byte, 0, len(w.keys)+len(before)+len(assigned)+3)
	for i, part := range write.Row.Key {
		values = append(values, []byte(w.keys[i].argument(part)))
	}
	for _, text := range before {
		values = append(values, argument(text))
	}
	for _, column := range assigned {
		value, _ := write.Change.Assigned(column.name)
		if value == nil {
			values = append(values, nil)
			continue
		}
		values = append(values, []byte(column.print(value)))
	}
	return append(values, fmt.Append(nil, mark.Run.Number), fmt.Append(nil, mark.Sequence), []byte(mark.Run.ID)), nil
}

// argument is a value as the protocol carries it; nil is NULL.
func argument(text *string) []byte {
	if text == nil {
		return nil
	}
	return []byte(*text)
}

// statementLine writes customers by the plan's statement, if there is one only and
// it is written for one customer; nil: it is not.
func (w *setWriter) statementLine(mark database.Mark, writes []database.Write) ([]line, error) {
	if len(w.sql.Migrate) != 1 || w.sql.Migrate[0].Set || w.sql.Migrate[0].FirstWord() != "UPDATE" {
		return nil, nil
	}
	one := line{text: w.statementText(), values: make([][][]byte, len(writes)), places: make([]int, len(writes))}
	for i, write := range writes {
		if err := w.CheckWidth(write.Row.Key); err != nil {
			return nil, err
		}
		one.places[i] = i
		for k, part := range write.Row.Key {
			one.values[i] = append(one.values[i], []byte(w.keys[k].argument(part)))
		}
		one.values[i] = append(one.values[i], fmt.Append(nil, mark.Run.Number), fmt.Append(nil, mark.Sequence), []byte(mark.Run.ID))
	}
	return []line{one}, nil
}

// statementText is the plan's statement with the customer's ledger row. A row that
// its parameters do not name fails it by a division by zero: nothing is written,
// and the statement is run again on its own, which finds out what is wrong with
// it.
func (w *setWriter) statementText() string {
	keys, list := make([]string, len(w.keys)), aliases(len(w.keys))
	for i, column := range w.keys {
		keys[i] = column.cast(fmt.Sprintf("$%d", i+1))
	}
	migrate := w.sql.Migrate[0].Fill(func(name string) string { return keys[w.Place(name)] })
	columns := strings.Join(list, ", ")
	return fmt.Sprintf("WITH db_migrate_updated (%s) AS (%s\n) INSERT INTO %s (%s) SELECT %s, %s, $%d::int, %d / CASE WHEN %s = %s THEN 1 ELSE 0 END FROM db_migrate_updated",
		columns, migrate, w.own(w.ledger), w.entered(), columns, w.Proof(fmt.Sprintf("$%d::int", len(keys)+1), fmt.Sprintf("$%d::text", len(keys)+3)), len(keys)+2, books.OutcomeMigrated, driverkit.Tuple(list), driverkit.Tuple(keys))
}
