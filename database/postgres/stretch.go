package postgres

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"db-migrate/database"
	"db-migrate/database/books"
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
func (t *table) findStretch(migrate *statement) *stretch {
	if t.plan.Undoes != "" {
		return nil // the other ledger says who is undone
	}
	if t.plan.Where != "" || len(t.plan.Statements.Migrate) != 1 || migrate.returning || len(migrate.Parameters) != 1 || !migrate.set {
		return nil
	}
	tokens := migrate.Tokens()
	set, where := place(tokens, "SET"), place(tokens, "WHERE")
	if !tokens[0].Is("UPDATE") || set < 0 || where < set || !t.isCustomers(tokens[1:set]) {
		return nil
	}
	after := t.setOfKeys(tokens[where+1:])
	if after < 0 || breaks(tokens) {
		return nil
	}
	if t.check != nil && !t.repeated(tokens[1:set], tokens[where:]) {
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

// breaks tells whether the statement has more than one table, or conditions of
// which the set of keys is not one that must hold.
func breaks(tokens []sqltext.Token) bool {
	return slices.ContainsFunc(tokens, func(token sqltext.Token) bool {
		return token.Depth == 0 && slices.ContainsFunc([]string{"OR", "FROM", "WITH", "UNION", "CURRENT"}, token.Is)
	})
}

// isCustomers tells whether these tokens name the customers' table, with an alias
// or without.
func (t *table) isCustomers(tokens []sqltext.Token) bool {
	words := wordsOf(tokens)
	configured, err := sqltext.Parse(t.options.Table, sqltext.PostgreSQL)
	if err != nil {
		return false
	}
	for _, name := range [][]string{wordsOf(configured.Tokens()), {t.schema, ".", t.name}, {quote(t.schema), ".", quote(t.name)}} {
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

// isKey tells whether the words are the key's columns, each with the table's name
// before it or without.
func (t *table) isKey(words []string) bool {
	if len(t.keys) > 1 {
		if len(words) < 2 || words[0] != "(" || words[len(words)-1] != ")" {
			return false
		}
		words = words[1 : len(words)-1]
	}
	parts := strings.Split(strings.Join(words, "\x00"), "\x00,\x00")
	if len(parts) != len(t.keys) {
		return false
	}
	for i, part := range parts {
		name := strings.Split(part, "\x00")
		if len(name) != 1 && (len(name) != 3 || name[1] != ".") {
			return false
		}
		if last := name[len(name)-1]; last != quote(t.keys[i].name) && strings.ToLower(last) != t.keys[i].name {
			return false
		}
	}
	return true
}

// repeated tells whether the check selects the key from the same table by the same
// conditions.
func (t *table) repeated(customers, conditions []sqltext.Token) bool {
	tokens := t.check.Tokens()
	from, where := place(tokens, "FROM"), place(tokens, "WHERE")
	if !tokens[0].Is("SELECT") || from < 2 || where < from || breaks(tokens[where:]) {
		return false
	}
	selected := wordsOf(tokens[1:from])
	if len(t.keys) > 1 {
		selected = append(append([]string{"("}, selected...), ")")
	}
	return t.isKey(selected) && slices.Equal(wordsOf(tokens[from+1:where]), wordsOf(customers)) &&
		slices.Equal(wordsOf(tokens[where:]), wordsOf(conditions))
}

// MigrateStretch migrates neighbouring customers by one statement. If some of them
// needed it and were not migrated, a look by the same conditions tells who still
// needs to be: a row that was deleted and inserted again, say.
func (t *table) MigrateStretch(ctx context.Context, mark database.Mark, part database.Range, after database.Key, limit int, named bool) (database.Stretch, error) {
	if after == nil {
		after = part.After
	}
	started := time.Now()
	found, needed, err := t.runStretch(ctx, mark, after, part.UpTo, limit, named)
	if err != nil {
		return database.Stretch{}, t.explain(err)
	}
	found.Held = time.Since(started)
	if found.Migrated == needed {
		return found, nil
	}
	if found.Needed, err = t.needed(ctx, mark, after, found); err != nil {
		// the class says that it is unknown what was written
		return found, &database.Error{Class: database.Disconnected, Err: fmt.Errorf("a look at customers who were just migrated: %w", err)}
	}
	return found, nil
}

// needed are the customers of the stretch whom the statement would still update,
// without those whom it has: its conditions may hold for them, too.
func (t *table) needed(ctx context.Context, mark database.Mark, after database.Key, found database.Stretch) ([]database.Key, error) {
	var p parameters
	within, err := t.within(&p, after, found.Last)
	if err != nil {
		return nil, err
	}
	keys, err := t.queryKeys(ctx, t.reading(), fmt.Sprintf("SELECT %s FROM %s WHERE %s%s", t.stretch.returned(), t.stretch.customers, within, t.stretch.rest), p.values)
	if err != nil || len(keys) == 0 {
		return nil, err
	}
	entered, err := t.Ledger(ctx, keys)
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
func (t *table) within(p *parameters, after, upTo database.Key) (string, error) {
	last, err := t.key(p, upTo)
	if err != nil {
		return "", err
	}
	text := "(" + t.stretch.key + " <= " + last
	if after != nil {
		first, err := t.key(p, after)
		if err != nil {
			return "", err
		}
		text += " AND " + t.stretch.key + " > " + first
	}
	return text + ")", nil
}

// runStretch updates the next customers and enters them into the ledger, and tells
// how many needed it when the statement began. Its answer has how many there are,
// how many needed it, how many were migrated, and the last of them; with names, in
// each row beside one who was migrated.
func (t *table) runStretch(ctx context.Context, mark database.Mark, after, upTo database.Key, limit int, named bool) (database.Stretch, int, error) {
	var found database.Stretch
	needed := 0
	text, arguments, err := t.stretchText(mark, after, upTo, limit, named)
	if err != nil {
		return found, 0, err
	}
	name := 3 + len(t.keys)
	err = query(ctx, t.toWrite(), text, arguments, func(values []*string) error {
		var err error
		if found.Last == nil {
			found.Customers, needed, found.Migrated = int(number(values[0])), int(number(values[1])), int(number(values[2]))
			found.Last, err = t.keyOf(values[3:name])
		}
		if !named || values[name] == nil || err != nil {
			return err
		}
		key, err := t.keyOf(values[name:])
		found.Names = append(found.Names, key)
		return err
	})
	return found, needed, err
}

// leaving takes those who were updated out of the other ledger, if there is one.
func (t *table) leaving(keys, columns string) string {
	if t.other == "" {
		return ""
	}
	return fmt.Sprintf(", db_migrate_left AS (DELETE FROM %s WHERE (%s) IN (SELECT %s FROM db_migrate_updated))", t.own(t.other), keys, columns)
}

// stretchText looks who is next, and who of them needs it, while it updates them:
// both look at the same moment's rows.
func (t *table) stretchText(mark database.Mark, after, upTo database.Key, limit int, named bool) (string, []any, error) {
	var p parameters
	where, err := t.between(&p, after, upTo)
	if err != nil {
		return "", nil, err
	}
	first := ""
	if after != nil {
		value, err := t.key(&p, after)
		if err != nil {
			return "", nil, err
		}
		first = t.stretch.key + " > " + value + " AND "
	}
	list := aliases(len(t.keys))
	columns, last := strings.Join(list, ", "), strings.Join(list, " DESC, ")+" DESC"
	piece := fmt.Sprintf("SELECT %s, (true%s) FROM %s%s ORDER BY %s LIMIT %s::int", strings.Join(names(t.keys, ""), ", "),
		t.stretch.rest, t.stretch.customers, where, t.order(""), p.text(fmt.Sprint(limit)))
	update := fmt.Sprintf("%s WHERE (%s%s <= (SELECT %s FROM db_migrate_last))%s\nRETURNING %s",
		t.stretch.head, first, t.stretch.key, columns, t.stretch.rest, t.stretch.returned())
	enter := t.entering("db_migrate_updated", list, p.run(mark), books.OutcomeMigrated)
	text := fmt.Sprintf(`WITH db_migrate_piece (%[1]s, needed) AS MATERIALIZED (%[2]s),
		db_migrate_last AS (SELECT %[1]s FROM db_migrate_piece ORDER BY %[3]s LIMIT 1),
		db_migrate_updated (%[1]s) AS (%[4]s),
		db_migrate_entered AS (%[5]s)%[6]s
		SELECT (SELECT count(*) FROM db_migrate_piece), (SELECT count(*) FROM db_migrate_piece WHERE needed), (SELECT count(*) FROM db_migrate_updated), l.*`,
		columns, piece, last, update, enter, t.leaving(strings.Join(names(t.keys, ""), ", "), columns))
	if named {
		return text + ", u.* FROM db_migrate_last AS l LEFT JOIN db_migrate_updated AS u ON true", p.values, nil
	}
	return text + " FROM db_migrate_last AS l", p.values, nil
}
