package sqltext

import "slices"

// ReadsProgress is a column that an UPDATE sets, and that one of its queries counts, sums
// or numbers over rows of the same table, not those of the row's own group alone: what it
// writes would depend on how many rows were migrated before. Empty: there is none.
func (s Statement) ReadsProgress() (column string) {
	tokens := s.Tokens()
	set := slices.IndexFunc(tokens, func(token Token) bool { return token.Depth == 0 && token.Is("SET") })
	if set < 1 || !tokens[0].Is("UPDATE") {
		return ""
	}
	own := references(tokens[1:set])
	eachSet(tokens[set+1:], 0, func(name []string, _ []Token) {
		for at, token := range tokens {
			if token.Depth > 0 && token.Is("SELECT") && s.summarizes(tokens, at, own, name[len(name)-1]) {
				column = name[len(name)-1]
			}
		}
	})
	return column
}

// summarizes reports whether the query that begins there makes one value of several rows
// of the table by this column, and is not compared with the row around it.
func (s Statement) summarizes(tokens []Token, at int, own []reference, column string) bool {
	first, last := level(tokens, at, tokens[at].Depth)
	q := query{s: s, tokens: tokens[first:last], depth: tokens[at].Depth}
	if q.from() < 0 || !slices.ContainsFunc(q.tables(), func(table reference) bool {
		return len(own) > 0 && sameTable(table.name[len(table.name)-1], own[0].name[len(own[0].name)-1])
	}) {
		return false
	}
	reads, many, compared := false, false, false
	others := q.ofOthers()
	for i, token := range q.tokens {
		reads = reads || sameTable(token.Text, column)
		many = many || token.Depth >= q.depth && (q.isAggregate(i) || token.Is("OVER"))
	}
	eachEquality(q.tokens, q.depth, func(left, right []string) { compared = compared || others(left) || others(right) })
	return reads && many && !compared
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
