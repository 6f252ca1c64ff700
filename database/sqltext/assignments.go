package sqltext

import (
	"slices"
	"strings"
)

// Assignment is a column that a statement assigns, in an UPDATE, an upsert or a MERGE,
// wherever that stands in it.
type Assignment struct {
	// Table is the table's name, schema and all, and Column the column's, as they are
	// written. Where several tables are updated and the column names none of them, there
	// is an assignment for each.
	Table  []string
	Column string
	// Itself: the column is assigned to itself, which changes nothing.
	Itself bool
}

// Assignments are all columns that the statement assigns.
func (s Statement) Assignments() []Assignment {
	var found []Assignment
	tokens := s.Tokens()
	for at, token := range tokens {
		if token.Is("UPDATE") {
			found = append(found, s.assignmentsAt(tokens, at)...)
		}
	}
	return found
}

// SameName reports whether a name, as it is written, is that of a table or a column.
// PostgreSQL alone tells capital letters apart, in a quoted name.
func (s Statement) SameName(written, name string) bool {
	plain := Unquoted(written)
	if s.dialect.of() != PostgreSQL {
		return strings.EqualFold(plain, name)
	}
	if plain == written {
		plain = strings.ToLower(plain)
	}
	return plain == name
}

// assignmentsAt are those of the UPDATE that stands there.
func (s Statement) assignmentsAt(tokens []Token, at int) []Assignment {
	depth, behind := tokens[at].Depth, within(tokens[at+1:], tokens[at].Depth)
	before := func(back int, words ...string) bool {
		return at >= back && slices.ContainsFunc(words, tokens[at-back].Is)
	}
	set := slices.IndexFunc(behind, func(token Token) bool { return token.Depth == depth && token.Is("SET") })
	switch {
	case before(1, "DO", "THEN") && set == 0:
		return s.sets(behind[1:], depth, target(tokens[:at], depth))
	case before(1, "KEY") && before(2, "DUPLICATE"):
		return s.sets(behind, depth, target(tokens[:at], depth))
	case before(1, "FOR", "KEY", "ON") || set < 0: // a lock, or what a foreign key does
		return nil
	}
	return s.sets(behind[set+1:], depth, references(behind[:set]))
}

// within are the tokens up to the end of the brackets that they stand in.
func within(tokens []Token, depth int) []Token {
	if end := slices.IndexFunc(tokens, func(token Token) bool { return token.Depth < depth }); end >= 0 {
		return tokens[:end]
	}
	return tokens
}

// before are the tokens up to the first of these words at a depth.
func before(tokens []Token, depth int, words ...string) []Token {
	if end := wordAt(tokens, depth, words...); end >= 0 {
		return tokens[:end]
	}
	return tokens
}

// wordAt is the place of the first of these words at a depth; below 0: there is none.
func wordAt(tokens []Token, depth int, words ...string) int {
	return slices.IndexFunc(tokens, func(token Token) bool { return token.Depth == depth && slices.ContainsFunc(words, token.Is) })
}

// reference is a table, and what the statement calls it.
type reference struct {
	name  []string
	alias string
}

// called reports whether a column's qualifier means the table.
func (r reference) called(qualifier []string) bool {
	own := r.name[len(r.name)-1]
	if r.alias != "" && len(qualifier) == 1 {
		own = r.alias
	}
	return strings.EqualFold(Unquoted(qualifier[len(qualifier)-1]), Unquoted(own))
}

// target is the table that the INSERT or MERGE before an upsert's UPDATE is about.
func target(tokens []Token, depth int) []reference {
	for at := len(tokens) - 1; at >= 0 && tokens[at].Depth >= depth; at-- {
		if tokens[at].Depth == depth && slices.ContainsFunc([]string{"INSERT", "REPLACE", "MERGE"}, tokens[at].Is) {
			found := references(tokens[at+1:])
			return found[:min(1, len(found))]
		}
	}
	return nil
}

// references are the tables at the beginning of an UPDATE, an INSERT or a MERGE, and
// those that are joined with them.
func references(tokens []Token) []reference {
	var found []reference
	for begins := true; len(tokens) > 0; tokens = tokens[1:] {
		if begins {
			var one reference
			if one, tokens = firstReference(tokens); one.name != nil {
				found = append(found, one)
			}
			if len(tokens) == 0 {
				break
			}
		}
		begins = slices.ContainsFunc([]string{",", "(", "JOIN", "STRAIGHT_JOIN"}, tokens[0].Is)
	}
	return found
}

var (
	// modifiers may stand before a table's name.
	modifiers = []string{"ONLY", "LOW_PRIORITY", "HIGH_PRIORITY", "DELAYED", "IGNORE", "INTO", "LATERAL"}
	// behindTables cannot be what a statement calls a table.
	behindTables = []string{"JOIN", "INNER", "LEFT", "RIGHT", "FULL", "CROSS", "NATURAL", "STRAIGHT_JOIN", "ON", "USING", "SET", "FORCE", "USE",
		"IGNORE", "INDEXED", "NOT", "PARTITION", "VALUES", "VALUE", "SELECT", "DEFAULT", "WITH", "*", ",", "(", ")"}
)

// firstReference is the table at the beginning, and what follows it.
func firstReference(tokens []Token) (reference, []Token) {
	for len(tokens) > 0 && slices.ContainsFunc(modifiers, tokens[0].Is) {
		tokens = tokens[1:]
	}
	if len(tokens) > 1 && tokens[0].Is("OR") { // SQLite's OR ABORT and the like
		return firstReference(tokens[2:])
	}
	if len(tokens) == 0 || tokens[0].Text == "(" {
		return reference{}, tokens
	}
	name, tokens := names(tokens)
	found := reference{name: name}
	if len(tokens) > 1 && tokens[0].Is("AS") {
		tokens = tokens[1:]
	}
	if len(tokens) > 0 && !slices.ContainsFunc(behindTables, tokens[0].Is) {
		found.alias, tokens = tokens[0].Text, tokens[1:]
	}
	return found, tokens
}

// names are the parts of a name with dots, and what follows it.
func names(tokens []Token) ([]string, []Token) {
	var parts []string
	for len(tokens) > 0 {
		parts, tokens = append(parts, tokens[0].Text), tokens[1:]
		if len(tokens) < 2 || tokens[0].Text != "." {
			break
		}
		tokens = tokens[1:]
	}
	return parts, tokens
}

// sets are the assignments behind a SET.
func (s Statement) sets(tokens []Token, depth int, tables []reference) []Assignment {
	var found []Assignment
	eachSet(tokens, depth, func(column []string, given []Token) {
		found = append(found, s.assignments(column, given, tables)...)
	})
	return found
}

// eachSet tells of each column that is assigned behind a SET, in the parts of its name,
// and of what it is given.
func eachSet(tokens []Token, depth int, use func(column []string, given []Token)) {
	for len(tokens) > 0 {
		equals := slices.IndexFunc(tokens, func(token Token) bool { return token.Depth == depth && token.Text == "=" })
		if equals < 0 {
			return
		}
		length, more := value(tokens[equals+1:], depth)
		for _, column := range columns(tokens[:equals]) {
			use(column, tokens[equals+1:equals+1+length])
		}
		if tokens = tokens[equals+1+length:]; !more {
			return
		}
		tokens = tokens[1:]
	}
}

// AssignsIn are the tables in which an UPDATE of several tables assigns columns that name
// theirs, and the other columns that it assigns, all as they are written.
func (s Statement) AssignsIn() (tables [][]string, bare []string) {
	tokens := s.Tokens()
	set := slices.IndexFunc(tokens, func(token Token) bool { return token.Depth == 0 && token.Is("SET") })
	if set < 0 || !tokens[0].Is("UPDATE") {
		return nil, nil
	}
	named := references(tokens[1:set])
	eachSet(tokens[set+1:], 0, func(column []string, _ []Token) {
		qualifier := column[:len(column)-1]
		if len(qualifier) == 0 {
			bare = append(bare, column[0])
			return
		}
		for _, table := range named {
			if table.called(qualifier) {
				tables = append(tables, table.name)
			}
		}
	})
	return tables, bare
}

// AssignsBeside reports whether an UPDATE that joins assigns columns of another row than
// that whose key its condition compares: the table under another name, for example.
func (s Statement) AssignsBeside(key []string) bool {
	tokens := s.Tokens()
	set := slices.IndexFunc(tokens, func(token Token) bool { return token.Depth == 0 && token.Is("SET") })
	compared := s.keyQualifier(tokens, key)
	if set < 0 || compared == "" {
		return false
	}
	beside := false
	eachSet(tokens[set+1:], 0, func(column []string, _ []Token) {
		beside = beside || len(column) > 1 && !strings.EqualFold(Unquoted(column[len(column)-2]), compared)
	})
	return beside
}

// keyQualifier is what the table is called whose key is compared with parameters; empty:
// the columns do not say.
func (s Statement) keyQualifier(tokens []Token, key []string) string {
	for at, token := range tokens {
		compared := operand(tokens, at)
		if token.Text == ":ids" && len(compared) > 0 && compared[0].Text == "(" {
			compared = compared[1:]
		}
		if token.Text != ":ids" && slices.ContainsFunc(key, func(column string) bool { return s.equalsAt(tokens, at, column, len(key) == 1) }) {
			compared = tokens[at:]
		}
		if name, _ := names(compared); len(name) > 1 {
			return Unquoted(name[len(name)-2])
		}
	}
	return ""
}

// columns are those that stand before the equals sign: one, or several in brackets.
func columns(tokens []Token) [][]string {
	var found [][]string
	for len(tokens) > 0 {
		if tokens[0].Text == "(" || tokens[0].Text == "," || tokens[0].Text == ")" {
			tokens = tokens[1:]
			continue
		}
		var name []string
		name, tokens = names(tokens)
		found = append(found, name)
		if next := slices.IndexFunc(tokens, func(token Token) bool { return token.Text == "," }); next >= 0 {
			tokens = tokens[next:] // what else stands there is the number of an element
			continue
		}
		break
	}
	return found
}

// value is how many tokens the assigned value takes, and whether an assignment follows.
func value(tokens []Token, depth int) (length int, more bool) {
	cases := 0
	for at, token := range tokens {
		if token.Depth != depth {
			continue
		}
		switch {
		case token.Text == ",":
			return at, true
		case token.Is("CASE"):
			cases++
		case token.Is("END"):
			cases--
		case slices.ContainsFunc([]string{"WHERE", "FROM", "RETURNING", "ORDER", "LIMIT"}, token.Is) || token.Is("WHEN") && cases == 0:
			return at, false
		}
	}
	return len(tokens), false
}

// assignments are those of one column, for each table that it may be of.
func (s Statement) assignments(column []string, given []Token, tables []reference) []Assignment {
	name, qualifier := column[0], []string(nil) // what follows a dot is a field, on PostgreSQL
	if s.dialect.of() != PostgreSQL {
		name, qualifier = column[len(column)-1], column[:len(column)-1]
	}
	itself := len(given) > 0 && len(given) <= 5 && strings.EqualFold(given[len(given)-1].Text, name) && s.named(given, qualifier, tables)
	var found []Assignment
	for _, table := range tables {
		if len(qualifier) == 0 || table.called(qualifier) {
			found = append(found, Assignment{Table: table.name, Column: name, Itself: itself})
		}
	}
	return found
}

// named reports whether what is assigned is a column of the only table alone, with the
// table's name before it or without.
func (s Statement) named(given []Token, qualifier []string, tables []reference) bool {
	parts, rest := names(given)
	if len(rest) > 0 || len(tables) > 1 {
		return false // of several tables the column may be another's
	}
	before := parts[:len(parts)-1]
	return len(before) == 0 || slices.Equal(before, qualifier) || len(tables) > 0 && tables[0].called(before)
}
