package sqltext

import "slices"

// ReadsProgress is a column that an UPDATE sets, and that it reads of other rows of the same
// table: what it writes would depend on which were migrated before, and rows that are
// written together would not see each other. A condition of the statement's, or of its
// check, about that column of other rows makes it sure of what it reads, as down a tree.
// Empty: there is none.
func (s Statement) ReadsProgress(key []string, check Statement) (column string) {
	tokens := s.Tokens()
	set := wordAt(tokens, 0, "SET")
	if set < 1 || !tokens[0].Is("UPDATE") {
		return ""
	}
	where := set
	for at, token := range tokens {
		if token.Depth == 0 && token.Is("WHERE") {
			where = at
		}
	}
	reading := otherRead{s, key, references(before(tokens[1:set], 0, "WHERE"))}
	asked := false
	eachSet(tokens[set+1:], 0, func(name []string, _ []Token) {
		own := name[len(name)-1]
		asked = asked || where > set && reading.in(tokens[where:], own) || reading.in(check.Tokens(), own)
		if reading.in(tokens[:where], own) || where == set && reading.in(tokens, own) {
			column = own
		}
	})
	if asked {
		return ""
	}
	return column
}

// otherRead finds where a statement reads other rows of its own table, which is the first of
// these.
type otherRead struct {
	s     Statement
	key   []string
	named []reference
}

// in reports whether the tokens read a column of other rows of the table.
func (o otherRead) in(tokens []Token, column string) bool {
	if len(o.named) == 0 {
		return false
	}
	for at, token := range tokens {
		if token.Depth > 0 && token.Is("SELECT") && o.inQuery(tokens, at, column) || o.ofAnother(tokens, at, column) {
			return true
		}
	}
	return false
}

// inQuery reports whether the query that begins there reads the column in the table, and is
// not about the row around it.
func (o otherRead) inQuery(tokens []Token, at int, column string) bool {
	first, last := level(tokens, at, tokens[at].Depth)
	q := query{s: o.s, tokens: tokens[first:last], depth: tokens[at].Depth}
	if q.from() < 0 || o.isSameRow(q) || !slices.ContainsFunc(q.tables(), o.isOwn) {
		return false
	}
	return slices.ContainsFunc(q.tokens, func(token Token) bool { return sameTable(token.Text, column) })
}

// isSameRow reports whether a query asks the table for the row around it, by its key.
func (o otherRead) isSameRow(q query) bool {
	return !slices.ContainsFunc(o.key, func(key string) bool {
		same := false
		eachEquality(q.tokens, q.depth, func(left, right []string) {
			same = same || o.s.SameName(left[len(left)-1], key) && o.s.SameName(right[len(right)-1], key)
		})
		return !same
	})
}

func (o otherRead) isOwn(table reference) bool {
	own := o.named[0].name
	return sameTable(table.name[len(table.name)-1], own[len(own)-1])
}

// ofAnother reports whether the column is read there of the table under another name.
func (o otherRead) ofAnother(tokens []Token, at int, column string) bool {
	if at < 2 || !sameTable(tokens[at].Text, column) || tokens[at-1].Text != "." {
		return false
	}
	alias := tokens[at-2].Text
	joined := slices.ContainsFunc(o.named[1:], func(table reference) bool { return o.isOwn(table) && table.called([]string{alias}) })
	return joined || o.isFrom(alias) && !o.named[0].called([]string{alias})
}

// isFrom reports whether a FROM calls the table so.
func (o otherRead) isFrom(alias string) bool {
	tokens := o.s.Tokens()
	from := wordAt(tokens, 0, "FROM")
	if from < 0 {
		return false
	}
	return slices.ContainsFunc(references(before(tokens[from+1:], 0, "WHERE", "RETURNING")), func(table reference) bool {
		return o.isOwn(table) && table.called([]string{alias})
	})
}

// MixesRows reports whether the statement, in itself, takes the set for two tables that it
// does not join by what is compared with :ids: each row would meet those that happen to be
// in one set with it.
func (s Statement) MixesRows() bool { return setOf{s: s, tokens: s.Tokens()}.otherRows() != "" }

// SetsVariables reports whether the statement counts in a variable of the session, as
// MySQL's may: @n := @n + 1.
func (s Statement) SetsVariables() bool {
	tokens, variable := s.Tokens(), false
	for at, token := range tokens {
		variable = variable || token.Text == "@"
		if variable && token.Text == ":" && isFollowed(tokens, at, "=") {
			return true
		}
	}
	return false
}
