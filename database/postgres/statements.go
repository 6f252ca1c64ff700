package postgres

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"db-migrate/database"
	"db-migrate/database/driverkit"
	"db-migrate/database/sqltext"
)

// prepareStatements takes the plan's statements apart and lets PostgreSQL prepare
// each of them.
func (w *setWriter) prepareStatements(ctx context.Context) error {
	if w.Plan.Statements == nil {
		return nil
	}
	return w.sql.Prepare(ctx, driverkit.Dialect{SQL: sqltext.PostgreSQL, Returns: true, OfTable: w.ofTable, IsTable: w.isTable, Compile: w.compileStatement, Aggregates: w.aggregates}, w.CheckText(w.Tuple()))
}

// aggregates are the server's, its extensions' and its users'. A name that is also another
// function's is left out: substring and the like take one row.
func (w *setWriter) aggregates(ctx context.Context) ([]string, error) {
	var names []string
	err := query(ctx, w.readers, "SELECT proname FROM pg_catalog.pg_proc GROUP BY proname HAVING bool_and(prokind IN ('a', 'w'))", nil, func(texts driverkit.Texts) error {
		names = append(names, texts.Values(nil).Text(0))
		return nil
	})
	return names, err
}

// compileStatement completes a statement, and lets the server prepare it. The check and
// the first statement must answer with the key.
func (w *setWriter) compileStatement(ctx context.Context, s *driverkit.Statement, check bool, number int) error {
	w.fence(s)
	if number == 1 {
		w.stretch = w.findStretch(s)
		w.decidesWho(s)
	}
	text, _, err := w.sql.Written(s, []database.Key{nil})
	if err != nil {
		return err
	}
	columns, err := w.compile(ctx, text)
	if err != nil {
		return driverkit.Broken("%s: %w", s.Place, err)
	}
	if (check || number == 1) && columns != len(w.keys) {
		return driverkit.Broken("%s: it returns %d columns; it must return the key (%s) and nothing else", s.Place, columns, strings.Join(w.KeyColumns(), ", "))
	}
	return nil
}

// decidesWho makes the first statement tell whom it has updated.
func (w *setWriter) decidesWho(first *driverkit.Statement) {
	if first.Returning {
		return
	}
	called := first.Alias() // the table's own name does not count beside it
	if called == "" {
		called = w.From
	}
	returned := strings.Join(names(w.keys, called+"."), ", ")
	if w.stretch != nil {
		returned = w.stretch.returned()
	}
	first.Texts[len(first.Texts)-1] += "\nRETURNING " + returned // the line before may end in a comment
}

// ofTable refuses a first statement that updates another table; what is behind a view
// nobody can tell, and a parent's rows are its partitions'.
func (t *table) ofTable(ctx context.Context, s *driverkit.Statement) error {
	named, oid, kind := strings.Join(s.Updates(), "."), "", ""
	if named == "" {
		if s.Names(t.name) {
			return nil
		}
		return database.OtherTable(s.Place, "", t.schema+"."+t.name)
	}
	err := t.readers.QueryRow(ctx, "SELECT oid::text, relkind::text FROM pg_class WHERE oid = to_regclass($1)", named).Scan(&oid, &kind)
	if errors.Is(err, pgx.ErrNoRows) || err == nil && (oid == t.oid || kind != "r" && kind != "p") {
		return nil // the server says what is wrong with a name that it does not know
	}
	if err != nil {
		return err
	}
	return database.OtherTable(s.Place, named, t.schema+"."+t.name)
}

// isTable reports whether a statement that names a table so changes rows of ours: it is
// ours, one of its partitions or their parent, or a view that shows ours.
func (t *table) isTable(ctx context.Context, name []string) (bool, error) {
	found, err := one(ctx, t.readers, `WITH RECURSIVE named AS (SELECT to_regclass($1)::oid AS oid),
		below AS (SELECT $2::text::oid AS oid UNION SELECT i.inhrelid FROM pg_inherits i JOIN below b ON i.inhparent = b.oid),
		above AS (SELECT $2::text::oid AS oid UNION SELECT i.inhparent FROM pg_inherits i JOIN above a ON i.inhrelid = a.oid),
		shown AS (SELECT oid FROM named UNION SELECT d.refobjid FROM shown s JOIN pg_rewrite r ON r.ev_class = s.oid
			JOIN pg_depend d ON d.classid = 'pg_rewrite'::regclass AND d.objid = r.oid AND d.refclassid = 'pg_class'::regclass)
		SELECT EXISTS (SELECT 1 FROM shown WHERE oid IN (SELECT oid FROM below UNION ALL SELECT oid FROM above))`, strings.Join(name, "."), t.oid)
	return err == nil && found.True(0), err
}

// fence puts what a statement asks of its customers beside their keys in brackets:
// WHERE id IN (:ids) AND (… ) IS TRUE, which means the same. PostgreSQL uses no
// index for it, and so keeps to the key's: where statistics say that nobody is left
// to be migrated, it took an index on the column to be filled for the shorter way,
// and read all customers for each set (20 s instead of 2 ms, of 60,000).
func (t *table) fence(s *driverkit.Statement) {
	tokens := s.Tokens()
	and := t.otherConditions(tokens)
	if and < 0 || tokens[and].Part != len(s.Texts)-1 {
		return
	}
	text := s.Texts[tokens[and].Part]
	from, to := tokens[and].End, len(text)
	if end := slices.IndexFunc(tokens[and:], endsConditions); end >= 0 {
		to = tokens[and+end].Start
	}
	// the last line may end in a comment
	s.Texts[tokens[and].Part] = text[:from] + " (" + text[from:to] + "\n) IS TRUE " + text[to:]
}

// otherConditions is where the AND stands that follows the condition for the key in
// a statement about the customers alone; -1: it has another form.
func (t *table) otherConditions(tokens []sqltext.Token) int {
	where := place(tokens, "WHERE")
	if where < 0 || breaks(tokens[where:]) || !t.aboutCustomers(tokens[:where]) {
		return -1
	}
	next := where + t.keyCondition(tokens[where+1:]) + 1
	if next == where || next >= len(tokens) || tokens[next].Depth > 0 || !tokens[next].Is("AND") {
		return -1
	}
	return next
}

// aboutCustomers reports whether the statement, up to its WHERE, is about no other
// table.
func (t *table) aboutCustomers(tokens []sqltext.Token) bool {
	switch set, from := place(tokens, "SET"), place(tokens, "FROM"); {
	case tokens[0].Is("UPDATE"):
		return set > 0 && t.isCustomers(tokens[1:set]) && !breaks(tokens)
	case tokens[0].Is("SELECT"):
		return from > 0 && t.isCustomers(tokens[from+1:])
	}
	return false
}

// keyCondition is how many tokens <key> IN (:ids) or <key> = :id takes; -1: the
// conditions begin otherwise.
func (t *table) keyCondition(tokens []sqltext.Token) int {
	if after := t.setOfKeys(tokens); after >= 0 {
		return after + 3
	}
	equals := slices.IndexFunc(tokens, func(token sqltext.Token) bool { return token.Is("=") })
	if len(t.keys) == 1 && equals > 0 && equals+1 < len(tokens) && strings.HasPrefix(tokens[equals+1].Text, ":") && t.isKey(wordsOf(tokens[:equals])) {
		return equals + 2
	}
	return -1
}

// endsConditions reports whether a token begins what may follow a WHERE.
func endsConditions(token sqltext.Token) bool {
	return token.Depth == 0 && slices.ContainsFunc([]string{"RETURNING", "ORDER", "GROUP", "HAVING", "WINDOW", "LIMIT", "OFFSET", "FETCH", "FOR"}, token.Is)
}
