package postgres

import (
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"db-migrate/database/examine"
)

// rules rewrite an UPDATE so that it does not tell any more which rows it has changed.
func (e *examination) rules() error {
	return e.Each(`SELECT rulename, CASE WHEN is_instead THEN 'INSTEAD' ELSE 'ALSO' END FROM pg_rewrite
		WHERE ev_class = $1::text::oid AND ev_type = '2' AND ev_enabled IN ('O', 'A') ORDER BY 1`, []any{e.oid}, func(values []string) {
		e.Problem("rule %s (ON UPDATE DO %s) rewrites every UPDATE of table %s, so that PostgreSQL does not tell which rows were updated; make a trigger of it, or turn it off meanwhile: ALTER TABLE %s DISABLE RULE %s",
			values[0], values[1], e.name, e.From, quote(values[0]))
	})
}

// repeatedTime bounds the look for repeated keys.
const repeatedTime = 5 * time.Second

// children are tables that inherit from the table; their rows are the table's, too, and
// no index keeps a key from being in both.
func (e *examination) children() error {
	found, err := one(e.Ctx, e.readers, `SELECT string_agg(i.inhrelid::regclass::text, ', ' ORDER BY 1) FROM pg_inherits i
		JOIN pg_class c ON c.oid = i.inhparent WHERE c.oid = $1::text::oid AND c.relkind = 'r'`, e.oid)
	if err != nil || found.Null(0) {
		return err
	}
	repeated, err := e.repeatedKey()
	switch {
	case err != nil:
		e.Add(examine.Loud("rows of %s are rows of table %s, too (INHERITS), and no index keeps a key from being in both; whether one is could not be found out in %s: rows with such a key end as FAILED", found.Text(0), e.name, repeatedTime))
	case repeated != "":
		e.Problem("key %s is more than once in table %s: in the table itself and in those that inherit from it (%s), so that its rows cannot be told apart; make the keys unique, or name one of these tables in connection/table", repeated, e.name, found.Text(0))
	default:
		e.Add(examine.Notice("rows of %s are rows of table %s, too (INHERITS): they are migrated", found.Text(0), e.name))
	}
	return nil
}

// repeatedKey is a key that is in the table more than once; empty: there is none.
func (e *examination) repeatedKey() (string, error) {
	tx, err := e.readers.BeginTx(e.Ctx, pgx.TxOptions{AccessMode: pgx.ReadOnly})
	if err != nil {
		return "", err
	}
	defer rollback(e.Ctx, tx)
	if _, err := tx.Exec(e.Ctx, fmt.Sprintf("SET LOCAL statement_timeout = %d", repeatedTime.Milliseconds())); err != nil {
		return "", err
	}
	found, err := one(e.Ctx, tx, fmt.Sprintf("SELECT concat_ws(', ', %[1]s) FROM %[2]s GROUP BY %[1]s HAVING count(*) > 1 LIMIT 1", strings.Join(names(e.keys, ""), ", "), e.From))
	if err != nil || found == nil {
		return "", err
	}
	return found.Text(0), nil
}

// partitions are the names of the tables that hold the table's rows, with its own, and
// whether each has an index that begins as the key does: one that inherits need not.
func (e *examination) partitions() (map[string]bool, error) {
	found := map[string]bool{}
	err := e.Each(`WITH RECURSIVE tree(oid) AS (SELECT $1::text::oid UNION ALL SELECT i.inhrelid FROM pg_inherits i JOIN tree t ON i.inhparent = t.oid)
		SELECT c.relname, EXISTS (SELECT 1 FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0]
			WHERE i.indrelid = c.oid AND i.indisvalid AND i.indpred IS NULL AND a.attname = $2)::text
		FROM tree JOIN pg_class c USING (oid)`, []any{e.oid, e.KeyColumns()[0]}, func(values []string) { found[values[0]] = values[1] == "true" })
	return found, err
}
