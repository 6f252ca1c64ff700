package postgres

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"db-migrate/database"
	"db-migrate/database/books"
	"db-migrate/database/driverkit"
	"db-migrate/database/sqltext"
)

// stretch is a migrate statement taken apart so that :ids can be put as a range
// of keys: UPDATE <customers> SET … WHERE <key> IN (:ids) <rest>.
type stretch struct {
	// head is all before WHERE, customers what stands between UPDATE and SET, key
	// what stands before IN, and rest what follows the set.
	head, customers, key, rest string
}

// findStretch takes the plan's statement apart, if it may run for a range at once:
// it is the only one, and there is no check, or one that asks for nothing but what
// the statement's own WHERE repeats. So whoever is not updated was migrated before.
// A condition of the user's is looked at when rows are read, and here none are.
func (w *setWriter) findStretch(migrate *driverkit.Statement) *stretch {
	if w.Plan.Undoes != "" {
		return nil // the other ledger says who is undone
	}
	if w.Plan.Where != "" || len(w.Plan.Statements.Migrate) != 1 || migrate.Returning || len(migrate.Parameters) != 1 || !migrate.Set {
		return nil
	}
	tokens := migrate.Tokens()
	set, where := place(tokens, "SET"), place(tokens, "WHERE")
	if !tokens[0].Is("UPDATE") || set < 0 || where < set || !w.isCustomers(tokens[1:set]) {
		return nil
	}
	after := w.setOfKeys(tokens[where+1:])
	if after < 0 || breaks(tokens) {
		return nil
	}
	if w.sql.Checking != nil && !w.repeated(tokens[1:set], tokens[where:]) {
		return nil
	}
	text, last := migrate.Texts[0], migrate.Texts[1]
	in := tokens[where+after]
	return &stretch{head: text[:tokens[where].Start], customers: text[tokens[1].Start:tokens[set-1].End],
		key: text[tokens[where+1].Start:in.Start], rest: last[tokens[where+after+3].End:]}
}

// returned is the key as RETURNING names it: without the brackets of several
// columns.
func (s *stretch) returned() string { return strings.Trim(s.key, "() \t\n") }

// place is where a word stands outside of all brackets; -1: nowhere, or twice.
func place(tokens []sqltext.Token, word string) int {
	found := -1
	for i, token := range tokens {
		if token.Depth == 0 && token.Is(word) {
			if found >= 0 {
				return -1
			}
			found = i
		}
	}
	return found
}

// breaks reports whether the statement has more than one table, or conditions of
// which the set of keys is not one that must hold.
func breaks(tokens []sqltext.Token) bool {
	return slices.ContainsFunc(tokens, func(token sqltext.Token) bool {
		return token.Depth == 0 && slices.ContainsFunc([]string{"OR", "FROM", "WITH", "UNION", "CURRENT"}, token.Is)
	})
}

// isCustomers reports whether these tokens name the customers' table, with an alias
// or without.
func (t *table) isCustomers(tokens []sqltext.Token) bool {
	words := make([]string, len(tokens))
	for i, token := range tokens {
		if words[i] = sqltext.Unquoted(token.Text); words[i] == token.Text {
			words[i] = strings.ToLower(token.Text)
		}
	}
	for _, name := range [][]string{{t.name}, {t.schema, ".", t.name}} {
		if len(words) >= len(name) && slices.Equal(words[:len(name)], name) && len(words)-len(name) <= 2 {
			return true
		}
	}
	return false
}

func wordsOf(tokens []sqltext.Token) []string {
	list := make([]string, len(tokens))
	for i, token := range tokens {
		list[i] = token.Text
	}
	return list
}

// setOfKeys is how many tokens before IN (:ids) name the key, plus one; -1: the
// condition does not begin so.
func (t *table) setOfKeys(tokens []sqltext.Token) int {
	words := wordsOf(tokens)
	in := slices.IndexFunc(tokens, func(token sqltext.Token) bool { return token.Depth == 0 && token.Is("IN") })
	if in < 0 || len(words) < in+4 || !slices.Equal(words[in+1:in+4], []string{"(", ":ids", ")"}) || !t.isKey(words[:in]) {
		return -1
	}
	return in + 1
}

// isKey reports whether the words are the key's columns, each with the table's name
// before it or without.
func (t *table) isKey(words []string) bool {
	if len(t.keys) > 1 {
		if len(words) < 2 || words[0] != "(" || words[len(words)-1] != ")" {
			return false
		}
		words = words[1 : len(words)-1]
	}
	for i, column := range t.keys {
		if i > 0 {
			if len(words) == 0 || words[0] != "," {
				return false
			}
			words = words[1:]
		}
		if len(words) > 2 && words[1] == "." {
			words = words[2:]
		}
		if len(words) == 0 || words[0] != quote(column.name) && strings.ToLower(words[0]) != column.name {
			return false
		}
		words = words[1:]
	}
	return len(words) == 0
}

// repeated reports whether the check selects the key from the same table by the same
// conditions.
func (w *setWriter) repeated(customers, conditions []sqltext.Token) bool {
	tokens := w.sql.Checking.Tokens()
	from, where := place(tokens, "FROM"), place(tokens, "WHERE")
	if !tokens[0].Is("SELECT") || from < 2 || where < from || breaks(tokens[where:]) {
		return false
	}
	selected := wordsOf(tokens[1:from])
	if len(w.keys) > 1 {
		selected = append(append([]string{"("}, selected...), ")")
	}
	return w.isKey(selected) && slices.Equal(wordsOf(tokens[from+1:where]), wordsOf(customers)) &&
		slices.Equal(wordsOf(tokens[where:]), wordsOf(conditions))
}

// MigrateStretch migrates neighbouring customers by one statement. If some of them
// needed it and were not migrated, a look by the same conditions tells who still
// needs to be: a row that was deleted and inserted again, say.
func (w *setWriter) MigrateStretch(ctx context.Context, mark database.Mark, part database.Range, after database.Key, limit int, named bool) (database.Stretch, error) {
	if after == nil {
		after = part.After
	}
	started := time.Now()
	found, needed, err := w.runStretch(ctx, mark, after, part.UpTo, limit, named)
	if err != nil {
		return database.Stretch{}, w.explain(err)
	}
	found.Held = time.Since(started)
	if found.Migrated == needed {
		return found, nil
	}
	if found.Needed, err = w.needed(ctx, mark, after, found); err != nil {
		// the class says that it is unknown what was written
		return found, &database.Error{Class: database.Disconnected, Err: fmt.Errorf("a look at rows that were just migrated: %w", err)}
	}
	return found, nil
}

// needed are the customers of the stretch whom the statement would still update,
// without those whom it has: its conditions may hold for them, too.
func (w *setWriter) needed(ctx context.Context, mark database.Mark, after database.Key, found database.Stretch) ([]database.Key, error) {
	var p parameters
	within, err := w.within(&p.Arguments, after, found.Last)
	if err != nil {
		return nil, err
	}
	keys, err := w.KeysIn(ctx, w.Session(), fmt.Sprintf("SELECT %s FROM %s WHERE %s%s", w.stretch.returned(), w.stretch.customers, within, w.stretch.rest), p.Values)
	if err != nil || len(keys) == 0 {
		return nil, err
	}
	entered, err := w.Ledger(ctx, keys)
	if err != nil {
		return nil, err
	}
	migrated := map[string]bool{}
	for _, row := range entered {
		migrated[row.Key.Text()] = row.Run == mark.Run.Number && row.Sequence == mark.Sequence
	}
	return slices.DeleteFunc(keys, func(key database.Key) bool { return migrated[key.Text()] }), nil
}

// within is the condition for keys after one and up to another, as the statement
// names them.
func (w *setWriter) within(arguments *driverkit.Arguments, after, upTo database.Key) (string, error) {
	text, err := w.Beyond(arguments, w.stretch.key, driverkit.Side{Operator: "<=", Key: upTo})
	if err != nil || after == nil {
		return "(" + text + ")", err
	}
	beyond, err := w.Beyond(arguments, w.stretch.key, driverkit.Side{Operator: ">", Key: after})
	return "(" + text + " AND " + beyond + ")", err
}

// runStretch updates the next customers and enters them into the ledger, and tells
// how many needed it when the statement began. Its answer has how many there are,
// how many needed it, how many were migrated, and the last of them; with names, in
// each row beside one who was migrated.
func (w *setWriter) runStretch(ctx context.Context, mark database.Mark, after, upTo database.Key, limit int, named bool) (database.Stretch, int, error) {
	var found database.Stretch
	needed := 0
	text, arguments, err := w.stretchText(mark, after, upTo, limit, named)
	if err != nil {
		return found, 0, err
	}
	name := 3 + len(w.keys)
	err = query(ctx, w.toWrite(), text, arguments, func(texts driverkit.Texts) error {
		var err error
		if found.Last == nil {
			values := texts[:3].Values(nil)
			found.Customers, needed, found.Migrated = int(values.Number(0)), int(values.Number(1)), int(values.Number(2))
			found.Last, err = w.KeyOfTexts(texts[3:name])
		}
		if !named || texts[name] == nil || err != nil {
			return err
		}
		key, err := w.KeyOfTexts(texts[name:])
		found.Names = append(found.Names, key)
		return err
	})
	return found, needed, err
}

// leaving takes those who were updated out of the other ledger, if there is one.
func (w *setWriter) leaving(keys, columns string) string {
	if w.other == "" {
		return ""
	}
	return fmt.Sprintf(", db_migrate_left AS (DELETE FROM %s WHERE (%s) IN (SELECT %s FROM db_migrate_updated))", w.own(w.other), keys, columns)
}

// stretchText looks who is next, and who of them needs it, while it updates them:
// both look at the same moment's rows. One that has another key behind the update fails
// it by a division by zero: they are gone through by their keys, which tells of it. EXCEPT
// sorts or hashes; a join would be one of loops, where the planner expects few rows.
func (w *setWriter) stretchText(mark database.Mark, after, upTo database.Key, limit int, named bool) (string, []any, error) {
	var p parameters
	where, err := w.Where(&p.Arguments, []driverkit.Side{{Operator: ">", Key: after}, {Operator: "<=", Key: upTo}})
	if err != nil {
		return "", nil, err
	}
	first := ""
	if after != nil {
		beyond, err := w.Beyond(&p.Arguments, w.stretch.key, driverkit.Side{Operator: ">", Key: after})
		if err != nil {
			return "", nil, err
		}
		first = beyond + " AND "
	}
	list := aliases(len(w.keys))
	columns, last := strings.Join(list, ", "), strings.Join(list, " DESC, ")+" DESC"
	piece := fmt.Sprintf("SELECT %s, (true%s) FROM %s%s ORDER BY %s LIMIT %s::int", w.List(),
		w.stretch.rest, w.stretch.customers, where, w.Order(""), p.text(fmt.Sprint(limit)))
	update := fmt.Sprintf("%s WHERE (%s%s <= (SELECT %s FROM db_migrate_last))%s\nRETURNING %s",
		w.stretch.head, first, w.stretch.key, columns, w.stretch.rest, w.stretch.returned())
	enter := w.entering("db_migrate_updated", list, p.run(mark), books.OutcomeMigrated)
	text := fmt.Sprintf(`WITH db_migrate_piece (%[1]s, needed) AS MATERIALIZED (%[2]s),
		db_migrate_last AS (SELECT %[1]s FROM db_migrate_piece ORDER BY %[3]s LIMIT 1),
		db_migrate_updated (%[1]s) AS (%[4]s),
		db_migrate_entered AS (%[5]s)%[6]s
		SELECT (SELECT count(*) FROM db_migrate_piece), (SELECT count(*) FROM db_migrate_piece WHERE needed), (SELECT count(*) FROM db_migrate_updated)
			/ CASE WHEN EXISTS (SELECT %[1]s FROM db_migrate_updated EXCEPT SELECT %[1]s FROM db_migrate_piece) THEN 0 ELSE 1 END, l.*`,
		columns, piece, last, update, enter, w.leaving(w.List(), columns))
	if named {
		return text + ", u.* FROM db_migrate_last AS l LEFT JOIN db_migrate_updated AS u ON true", p.Values, nil
	}
	return text + " FROM db_migrate_last AS l", p.Values, nil
}
