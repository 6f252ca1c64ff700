package mysql

import (
	"context"
	"fmt"
	"strings"

	"db-migrate/database"
	"db-migrate/database/books"
	"db-migrate/database/driverkit"
)

// store is the table as its books reach it.
type store struct{ *setWriter }

// openBooks opens the books of the plan.
func (w *setWriter) openBooks() {
	subject := books.Subject{Name: w.schema + "." + w.name, Short: w.name, Key: w.KeyColumns()}
	if w.ours != w.schema {
		subject.Short = w.schema + "_" + w.name
	}
	subject.Columns = declared(w.keys)
	w.Books = books.New(store{w}, books.MySQL(w.ours, quote), subject, w.Plan)
	w.ledger, w.ledgerColumns = w.LedgerTable(), w.LedgerNames()
}

// declared are columns as a ledger has them.
func declared(columns []column) []books.Column {
	list := make([]books.Column, len(columns))
	for i, column := range columns {
		list[i] = books.Column{Name: quote(column.name), Type: column.declared()}
	}
	return list
}

func (s store) Columns(ctx context.Context, table string) ([]books.Column, error) {
	schema, name := s.schema, s.name
	if table != "" {
		schema, name = s.ours, table
	}
	columns, err := s.columnsOf(ctx, schema, name)
	return declared(columns), classify(err)
}

// declared is the column's type; keys of another order could not be read by
// range.
func (c column) declared() string {
	if c.collation == "" {
		return c.kind
	}
	return c.kind + " CHARACTER SET " + c.charset + " COLLATE " + c.collation
}

func (s store) Reader() books.Session { return s.Session() }

// Survey runs statements about many rows; they choose their own index.
func (s store) Survey(_ context.Context, do func(books.Session) error) error { return do(s.Session()) }

func (s store) NeededIn(window database.Window) (books.Condition, error) {
	return s.sql.NeededIn(window)
}

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
	if got.Number(0) != 1 {
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
	err = in.Query(ctx, "SELECT GROUP_CONCAT(TABLE_ID ORDER BY NAME) FROM information_schema."+from+" WHERE NAME = ? OR NAME LIKE ? ESCAPE '|'",
		[]any{s.schema + "/" + s.name, strings.NewReplacer("_", "|_", "%", "|%", "|", "||").Replace(s.schema+"/"+s.name) + "#%"}, func(values books.Values) error {
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

func (s store) Locked(ctx context.Context, in books.Session, key database.Key) ([]database.Row, error) {
	return s.readLocked(ctx, in, []database.Key{key})
}

// WriteIn locks the rows, unless they are.
func (s store) WriteIn(ctx context.Context, in books.Session, mark database.Mark, writes []database.Write, locked bool) ([]bool, error) {
	rows := make([]database.Row, len(writes))
	for i, write := range writes {
		rows[i] = write.Row
	}
	if !locked {
		var err error
		if rows, err = s.readLocked(ctx, in, driverkit.KeysOf(writes)); err != nil {
			return nil, err
		}
	}
	return s.fitting(ctx, in, mark, writes, rows)
}

func (s store) Enter(ctx context.Context, in books.Session, mark database.Mark, keys []database.Key, outcome int) error {
	return s.enter(ctx, in, mark, keys, outcome)
}

// LedgerDDL is what Begin would run, and the rights of the worker's user.
func (t *table) LedgerDDL(ctx context.Context) (database.LedgerDDL, error) {
	found, err := one(ctx, t.readers, "SELECT CURRENT_USER()")
	if err != nil {
		return database.LedgerDDL{}, classify(err)
	}
	name := found.Text(0)
	at := strings.LastIndexByte(name, '@')
	user := text(name[:max(0, at)]) + "@" + text(name[at+1:])
	names, tables := t.OurTables()
	ddl := database.LedgerDDL{Tables: tables, Note: "the tables that triggers and further statements write need rights of their own"}
	for _, ours := range names {
		ddl.Grants = append(ddl.Grants, fmt.Sprintf("GRANT SELECT, INSERT, UPDATE, DELETE ON %s TO %s", t.own(ours), user))
	}
	ddl.Grants = append(ddl.Grants, fmt.Sprintf("GRANT SELECT, UPDATE ON %s TO %s", t.From, user))
	return ddl, nil
}

// text is a string of SQL.
func text(value string) string {
	return "'" + strings.NewReplacer(`\`, `\\`, "'", "''").Replace(value) + "'"
}
