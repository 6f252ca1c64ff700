package mysql

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"db-migrate/database"
	"db-migrate/database/books"
)

// store is the table as its books reach it.
type store struct{ *table }

// openBooks opens the books of the plan.
func (t *table) openBooks() {
	subject := books.Subject{Name: t.schema + "." + t.name, Short: t.name, Key: t.KeyColumns()}
	if t.ours != t.schema {
		subject.Short = t.schema + "_" + t.name
	}
	for _, key := range t.keys {
		subject.Columns = append(subject.Columns, books.Column{Name: quote(key.name), Type: key.declared()})
	}
	t.Books = books.New(store{t}, books.MySQL(t.ours, quote), subject, t.plan)
	t.ledger, t.ledgerColumns = t.LedgerTable(), t.LedgerNames()
}

// declared is the column's type; keys of another order could not be read by
// range.
func (c column) declared() string {
	if c.collation == "" {
		return c.kind
	}
	return c.kind + " CHARACTER SET " + c.charset + " COLLATE " + c.collation
}

// bookSession runs the books' statements.
type bookSession struct{ in session }

func (s bookSession) Query(ctx context.Context, text string, arguments []any, use func(books.Values) error) error {
	return classify(query(ctx, s.in, text, arguments, func(raw [][]byte) error {
		values := make(books.Values, len(raw))
		for i, value := range raw {
			values[i] = value
		}
		return use(values)
	}))
}

func (s bookSession) Execute(ctx context.Context, text string, arguments []any) (int64, error) {
	result, err := s.in.ExecContext(ctx, text, arguments...)
	if err != nil {
		return 0, err
	}
	return result.RowsAffected()
}

func (s store) Reader() books.Session { return bookSession{s.readers} }

func (s store) Transaction(ctx context.Context, do func(context.Context, books.Session) error) error {
	return s.transaction(ctx, func(ctx context.Context, in session) error { return do(ctx, bookSession{in}) })
}

// beginTime is how many seconds a run waits for another one that begins at the moment.
const beginTime = 10

// Alone holds a lock of the schema's name. CREATE TABLE and DROP TABLE commit by
// themselves on these servers, so each step is a transaction of its own.
func (s store) Alone(ctx context.Context, steps ...books.Step) error {
	held, err := s.writers.Conn(ctx)
	if err != nil {
		return classify(err)
	}
	defer held.Close()
	got, err := one(ctx, held, "SELECT GET_LOCK(LEFT(CONCAT('db_migrate.', ?), 64), ?)", s.ours, beginTime)
	if err != nil {
		return classify(err)
	}
	if number(got[0]) != 1 {
		return &database.Error{Class: database.Contention, Err: fmt.Errorf("another run is beginning in database %s since %d s", s.ours, beginTime)}
	}
	defer func() {
		_, _ = one(context.WithoutCancel(ctx), held, "SELECT RELEASE_LOCK(LEFT(CONCAT('db_migrate.', ?), 64))", s.ours)
	}()
	for _, step := range steps {
		if err := s.Transaction(ctx, step); err != nil {
			return err
		}
	}
	return nil
}

func (s store) Present(ctx context.Context, in books.Session, table string) (bool, error) {
	found := false
	err := in.Query(ctx, "SELECT 1 FROM information_schema.tables WHERE table_schema = ? AND table_name = ?", []any{s.ours, table}, func(books.Values) error {
		found = true
		return nil
	})
	return found, err
}

// Identify is InnoDB's number of the table, which changes with TRUNCATE and with
// rebuilds. Only a user with the right PROCESS may see it.
func (s store) Identify(ctx context.Context, in books.Session) (identity, storage string, err error) {
	from := "INNODB_TABLES"
	if s.maria {
		from = "INNODB_SYS_TABLES"
	}
	err = in.Query(ctx, "SELECT GROUP_CONCAT(TABLE_ID ORDER BY NAME) FROM information_schema."+from+" WHERE NAME = ? OR NAME LIKE ?",
		[]any{s.schema + "/" + s.name, strings.NewReplacer("_", `\_`, "%", `\%`).Replace(s.schema+"/"+s.name) + "#%"}, func(values books.Values) error {
			if !values.Null(0) {
				storage = "innodb:" + values.Text(0)
			}
			return nil
		})
	if isOneOf(err, denied...) {
		return "", "", nil
	}
	return "", storage, err
}

// AwaitWriters has nobody to wait for: each transaction that writes for a run has
// locked the run's row, so that its end comes after it.
func (s store) AwaitWriters(context.Context, string) error { return nil }

func (s store) Lock(ctx context.Context, in books.Session, key database.Key) (bool, error) {
	rows, err := s.readLocked(ctx, in.(bookSession).in, []database.Key{key})
	return len(rows) > 0, err
}

func (s store) Enter(ctx context.Context, in books.Session, mark database.Mark, keys []database.Key, outcome int) error {
	return s.enter(ctx, in.(bookSession).in, mark, keys, outcome)
}

func (s store) Key(values books.Values) (database.Key, error) {
	raw := make([][]byte, len(s.keys))
	for i := range raw {
		raw[i], _ = values[i].([]byte)
	}
	return s.keyOf(raw)
}

func (s store) In(keys []database.Key) ([]books.Condition, error) {
	var conditions []books.Condition
	for some := range slices.Chunk(keys, transactionLimit) {
		arguments, err := s.allArguments(some)
		if err != nil {
			return nil, err
		}
		conditions = append(conditions, books.Condition{Text: s.in(len(some)), Arguments: arguments})
	}
	return conditions, nil
}

func (s store) Between(after, upTo database.Key) (books.Condition, error) {
	where, arguments, err := s.between(after, upTo)
	return books.Condition{Text: strings.TrimPrefix(where, " WHERE "), Arguments: arguments}, err
}

// LedgerDDL is what Begin would run, and the rights of the worker's user.
func (t *table) LedgerDDL(ctx context.Context) (database.LedgerDDL, error) {
	found, err := one(ctx, t.readers, "SELECT CURRENT_USER()")
	if err != nil {
		return database.LedgerDDL{}, classify(err)
	}
	name := string(found[0])
	at := strings.LastIndexByte(name, '@')
	user := text(name[:max(0, at)]) + "@" + text(name[at+1:])
	names, tables := t.OurTables()
	ddl := database.LedgerDDL{Tables: tables, Note: "the tables that triggers and further statements write need rights of their own"}
	for _, ours := range names {
		ddl.Grants = append(ddl.Grants, fmt.Sprintf("GRANT SELECT, INSERT, UPDATE, DELETE ON %s TO %s", t.own(ours), user))
	}
	ddl.Grants = append(ddl.Grants, fmt.Sprintf("GRANT SELECT, UPDATE ON %s TO %s", t.customers(), user))
	return ddl, nil
}

// text is a string of SQL.
func text(value string) string {
	return "'" + strings.NewReplacer(`\`, `\\`, "'", "''").Replace(value) + "'"
}
