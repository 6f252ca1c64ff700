package cassandra

import (
	"fmt"
	"slices"
	"strings"

	"db-migrate/database/sqltext"
)

// effect is what a statement changes, as far as its text says.
type effect struct {
	// verb is UPDATE, INSERT or DELETE.
	verb            string
	keyspace, table string
	// assignments are what is set, or deleted; those of an INSERT name the key's
	// columns, too. A DELETE without any deletes rows.
	assignments []assignment
	// using, where and condition are what follows these words and IF.
	using, where, condition tokens
}

// isOn reports whether it changes this table.
func (e effect) isOn(keyspace, table string) bool {
	return e.table == table && (e.keyspace == "" || e.keyspace == keyspace)
}

// assignment is one column's.
type assignment struct {
	column string
	// element: it is about an element of a collection, or a field.
	element bool
	// adds and takes: the column's new value is made of its own old one.
	adds, takes bool
	value       tokens
}

type tokens []sqltext.Token

func (t tokens) has(word string) bool {
	return slices.ContainsFunc(t, func(token sqltext.Token) bool { return token.Is(word) })
}

// effectOf takes a statement apart that the server has taken.
func effectOf(parsed sqltext.Statement) (effect, error) {
	reader := &cqlReader{left: parsed.Tokens()}
	found := effect{verb: strings.ToUpper(reader.next().Text)}
	switch found.verb {
	case "UPDATE":
		found.keyspace, found.table = reader.name()
		found.using = reader.until("SET")
		found.assignments = assignmentsOf(reader.until("WHERE"))
	case "DELETE":
		found.assignments = assignmentsOf(reader.until("FROM"))
		found.keyspace, found.table = reader.name()
		found.using = reader.until("WHERE")
	case "INSERT":
		reader.until("INTO")
		found.keyspace, found.table = reader.name()
		if !found.insert(reader) {
			return found, fmt.Errorf("write it as INSERT INTO %s (columns) VALUES (values)", found.table)
		}
		return found, nil
	default:
		return found, fmt.Errorf("it begins with %s; it must be an UPDATE, INSERT or DELETE", found.verb)
	}
	found.where = reader.until("IF")
	found.condition = reader.left
	return found, nil
}

func (e *effect) insert(reader *cqlReader) bool {
	columns := reader.bracket().split()
	if !reader.next().Is("VALUES") {
		return false
	}
	values := reader.bracket().split()
	e.condition = reader.until("USING")
	e.using = reader.left
	if len(columns) != len(values) {
		return false
	}
	for i, column := range columns {
		e.assignments = append(e.assignments, assignment{column: plainName(column[0].Text), value: values[i]})
	}
	return true
}

func assignmentsOf(list tokens) []assignment {
	var found []assignment
	for _, one := range list.split() {
		made := assignment{column: plainName(one[0].Text), element: len(one) > 1 && (one[1].Text == "[" || one[1].Text == ".")}
		if equals := one.place("="); equals > 0 {
			made.value = one[equals+1:]
			made.adds, made.takes = one[equals-1].Text == "+", one[equals-1].Text == "-"
		}
		made.ownValue()
		found = append(found, made)
	}
	return found
}

// ownValue finds out whether the column stands in its own new value.
func (a *assignment) ownValue() {
	depth := 0
	for _, token := range a.value {
		depth += opening(token)
		if depth == 0 && isName(token.Text) && plainName(token.Text) == a.column {
			a.adds, a.takes = a.adds || a.value.place("-") < 0, a.takes || a.value.place("-") >= 0
		}
	}
}

// text are the tokens with a blank between them.
func (t tokens) text() string {
	texts := make([]string, len(t))
	for i, token := range t {
		texts[i] = token.Text
	}
	return strings.Join(texts, " ")
}

// place is where a token stands outside of brackets; -1: nowhere.
func (t tokens) place(text string) int {
	depth := 0
	for i, token := range t {
		depth += opening(token)
		if depth == 0 && token.Is(text) {
			return i
		}
	}
	return -1
}

// split splits at the commas outside of brackets.
func (t tokens) split() []tokens { return t.splitAt(",") }

func (t tokens) splitAt(separator string) []tokens {
	var parts []tokens
	for len(t) > 0 {
		end := t.place(separator)
		if end < 0 {
			return append(parts, t)
		}
		if end > 0 {
			parts = append(parts, t[:end])
		}
		t = t[end+1:]
	}
	return parts
}

// opening is 1 for a bracket that opens, and -1 for one that closes.
func opening(token sqltext.Token) int {
	switch token.Text {
	case "(", "[", "{":
		return 1
	case ")", "]", "}":
		return -1
	}
	return 0
}

func isName(text string) bool {
	return text[0] == '"' || text[0] == '_' || text[0] >= 'a' && text[0] <= 'z' || text[0] >= 'A' && text[0] <= 'Z'
}

// plainName is a name as the schema has it: only quotes keep capitals.
func plainName(name string) string {
	if name[0] == '"' {
		return strings.ReplaceAll(name[1:len(name)-1], `""`, `"`)
	}
	return strings.ToLower(name)
}

// cqlReader reads a statement from its beginning.
type cqlReader struct{ left tokens }

func (r *cqlReader) next() sqltext.Token {
	if len(r.left) == 0 {
		return sqltext.Token{Text: " "}
	}
	token := r.left[0]
	r.left = r.left[1:]
	return token
}

// name reads a table's name, and its keyspace's if it has one.
func (r *cqlReader) name() (keyspace, table string) {
	table = plainName(r.next().Text)
	if len(r.left) > 1 && r.left[0].Text == "." {
		r.next()
		return table, plainName(r.next().Text)
	}
	return "", table
}

// until reads up to a word outside of brackets, or to the end; the word is left out.
func (r *cqlReader) until(word string) tokens {
	end := r.left.place(word)
	if end < 0 {
		read := r.left
		r.left = nil
		return read
	}
	read := r.left[:end]
	r.left = r.left[end+1:]
	return read
}

// bracket reads what stands in the bracket that comes next.
func (r *cqlReader) bracket() tokens {
	depth := 0
	for i, token := range r.left {
		if depth += opening(token); depth == 0 {
			inside := r.left[min(1, i):i]
			r.left = r.left[i+1:]
			return inside
		}
	}
	return nil
}
