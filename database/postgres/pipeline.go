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
func (t *table) WriteEach(ctx context.Context, mark database.Mark, writes []database.Write) ([]database.Outcome, error) {
	lines, err := t.lines(mark, writes)
	if lines == nil || err != nil && database.ClassOf(err) == database.Own {
		return t.writeOneByOne(ctx, mark, writes)
	}
	if err != nil {
		return nil, err
	}
	outcomes := make([]database.Outcome, len(writes))
	for _, one := range lines {
		if err := t.pipeline(ctx, one, outcomes); err != nil {
			return nil, t.explain(err)
		}
	}
	return outcomes, nil
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
func (t *table) lines(mark database.Mark, writes []database.Write) ([]line, error) {
	if t.plan.Statements != nil {
		return t.statementLine(mark, writes)
	}
	if further(writes) {
		return nil, nil
	}
	groups, err := t.groups(writes)
	if err != nil {
		return nil, err
	}
	lines := make([]line, len(groups))
	for i, g := range groups {
		lines[i] = line{text: t.oneText(g.columns), places: g.places, values: make([][][]byte, len(g.writes))}
		for k, write := range g.writes {
			if lines[i].values[k], err = t.oneValues(mark, g.columns, write); err != nil {
				return nil, err
			}
		}
	}
	return lines, nil
}

// writeOneByOne is for changes of more than one statement.
func (t *table) writeOneByOne(ctx context.Context, mark database.Mark, writes []database.Write) ([]database.Outcome, error) {
	outcomes := make([]database.Outcome, len(writes))
	for i := range writes {
		written, err := t.Write(ctx, mark, writes[i:i+1])
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
func (t *table) pipeline(ctx context.Context, one line, outcomes []database.Outcome) error {
	held, err := t.toWrite().Acquire(ctx)
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
			outcomes[place], err = t.answer(running)
		}
	}
	return errors.Join(err, running.Close())
}

// answer is what became of the next customer. It is known only once the
// transaction has ended: a deferred constraint fails at the Sync.
func (t *table) answer(running *pgconn.Pipeline) (database.Outcome, error) {
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
			if err = t.explain(err); !database.AboutCustomers(err) {
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

// oneText updates one customer who is still as he was read, and enters him into
// the ledger.
func (t *table) oneText(assigned []column) string {
	place := 0
	next := func() string {
		place++
		return fmt.Sprintf("$%d", place)
	}
	keys, old, sets := make([]string, len(t.keys)), make([]string, len(t.columns)), make([]string, len(assigned))
	for i, column := range t.keys {
		keys[i] = column.cast(next())
	}
	for i, column := range t.columns {
		old[i] = column.cast(next())
	}
	for i, column := range assigned {
		sets[i] = quote(column.name) + " = " + column.cast(next())
	}
	list := strings.Join(names(t.keys, ""), ", ")
	return fmt.Sprintf(`WITH updated AS (UPDATE %s AS t SET %s WHERE %s = %s AND ROW(%s)::record *= ROW(%s)::record RETURNING %s)
		INSERT INTO %s (%s) SELECT %s, %s, $%d::int, %d FROM updated`,
		t.customers(), strings.Join(sets, ", "), tuple(names(t.keys, "t.")), tuple(keys), strings.Join(compared(t.columns, "t."), ", "),
		strings.Join(old, ", "), strings.Join(names(t.keys, "t."), ", "), t.own(t.ledger), t.entered(), list, t.Proof(fmt.Sprintf("$%d::int", place+1), fmt.Sprintf("$%d::text", place+3)), place+2, books.OutcomeMigrated)
}

// oneValues are the arguments of oneText, as PostgreSQL reads them.
func (t *table) oneValues(mark database.Mark, assigned []column, write database.Write) ([][]byte, error) {
	before, found := write.Row.Seen.(driverkit.Texts)
	if !found || len(before) != len(t.columns) {
		return nil, driverkit.Broken("customer %s: the row was not read by this driver", write.Row.Key)
	}
	if len(write.Row.Key) != len(t.keys) {
		return nil, t.keyWidth(write.Row.Key)
	}
	values := make([][]byte, 0, len(t.keys)+len(before)+len(assigned)+3)
	for i, part := range write.Row.Key {
		values = append(values, []byte(t.keys[i].argument(part)))
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
