package sqltext

import (
	"slices"
	"strings"
)

// AddsPerSet is a column that an UPDATE adds to, or the like, of rows that several rows of
// a set may share: it would be added once with each set, whatever its size. Empty: there
// is none. Where names do not say what is compared, none is found.
func (s Statement) AddsPerSet() string {
	tokens := s.Tokens()
	about := s.namesAbout(tokens)
	for _, changing := range modifications(tokens) {
		if !changing[0].Is("UPDATE") {
			continue
		}
		if column := s.adds(changing, changing[0].Depth); column != "" && s.sharesRows(changing, changing[0].Depth, about) {
			return column
		}
	}
	return ""
}

// adds is a column whose new value is made of what it has, or another one that is set, so
// that it would change with each time. What the set's rows add up to may be added.
func (s Statement) adds(changing []Token, depth int) (adding string) {
	set := wordAt(changing, depth, "SET")
	if set < 0 {
		return ""
	}
	var assigned []string
	eachSet(changing[set+1:], depth, func(column []string, _ []Token) { assigned = append(assigned, column[len(column)-1]) })
	named := references(changing[1:set])
	eachSet(changing[set+1:], depth, func(column []string, given []Token) {
		own := column[len(column)-1]
		isTarget := func(qualifier string) bool {
			if len(column) > 1 && sameTable(qualifier, column[len(column)-2]) {
				return true
			}
			return len(named) > 0 && (len(column) == 1 && named[0].called([]string{qualifier}) || isAliasOf(changing, named[0], qualifier))
		}
		if !slices.ContainsFunc(given, isSet) && !settles(ofTarget(given, isTarget), own, assigned) {
			adding = own
		}
	})
	return adding
}

// isAliasOf reports whether a statement reads a table under this name somewhere, too.
func isAliasOf(tokens []Token, table reference, alias string) bool {
	for at := 1; at < len(tokens); at++ {
		reads := slices.ContainsFunc([]string{"FROM", "JOIN", ","}, tokens[at-1].Is)
		if reads && sameTable(tokens[at].Text, table.name[len(table.name)-1]) && sameTable(aliasBehind(tokens, at), alias) {
			return true
		}
	}
	return false
}

// ofTarget is an expression without the columns that are qualified as another table's.
func ofTarget(given []Token, isTarget func(qualifier string) bool) []Token {
	var kept []Token
	for at, token := range given {
		if at < 2 || given[at-1].Text != "." || isTarget(given[at-2].Text) {
			kept = append(kept, token)
		}
	}
	return kept
}

// settles reports whether a column keeps its value where it is given this once more: it is
// made of other columns, or of itself by what changes nothing the second time.
func settles(given []Token, own string, assigned []string) bool {
	reads := 0
	for at, token := range given {
		if isFollowed(given, at, "(") || isFollowed(given, at, ".") || !slices.ContainsFunc(assigned, func(name string) bool { return sameTable(token.Text, name) }) {
			continue
		}
		if reads++; !sameTable(token.Text, own) {
			return false
		}
	}
	return reads == 0 || reads == 1 && !changesAgain(given)
}

// changesAgain reports whether an expression may give another value each time.
func changesAgain(given []Token) bool {
	for at := range given {
		if changesAt(given, at) {
			return true
		}
	}
	return false
}

// changesAt is changesAgain for a token. What is taken away as a text is a key of a
// document, and a document's keys are added once.
func changesAt(given []Token, at int) bool {
	token, next := given[at], given[min(at+1, len(given)-1)]
	switch {
	case isName(token.Text) && next.Text == "(":
		return !slices.ContainsFunc(settling, token.Is)
	case token.Text == "|" && next.Text != "|":
		return !strings.HasPrefix(next.Text, "'{") && !next.Is("jsonb_build_object")
	case token.Text == "-":
		return next.Text[0] != '\'' && next.Text != ">"
	}
	return slices.Contains([]string{"+", "*", "/", "%", "<", "&", "^", "~", "!"}, token.Text) || token.Is("CASE") || token.Is("NOT") || token.Is("SELECT")
}

// settling are functions that change nothing of what they have made themselves.
var settling = []string{"lower", "upper", "initcap", "trim", "ltrim", "rtrim", "btrim", "coalesce", "ifnull", "nullif", "greatest", "least", "abs", "round", "floor", "ceil", "ceiling",
	"jsonb_set", "json_set", "json_insert", "json_replace", "json_remove", "jsonb_strip_nulls", "array_remove", "cast", "convert"}

// sharesRows reports whether an UPDATE finds its rows by another column of the rows of a
// set than the one that is compared with :ids.
func (s Statement) sharesRows(changing []Token, depth int, about []string) bool {
	shares := false
	for _, condition := range s.conditionsOf(changing, depth) {
		if slices.ContainsFunc(condition, isSet) && len(s.alternatives(condition, depth)) > 1 {
			return true // a row that two of them name may be in two sets
		}
		for _, part := range split(condition, depth, "AND") {
			if !slices.ContainsFunc(part, isSet) {
				continue
			}
			if shares = s.partShares(part, depth, changing, about); !shares {
				return false // this part alone names each row once
			}
		}
	}
	return shares
}

// partShares is sharesRows for what stands between ANDs and has the set.
func (s Statement) partShares(part []Token, depth int, changing []Token, about []string) bool {
	open := wordAt(part, depth+1, "SELECT")
	if open < 0 {
		return s.joinShares(part, depth, changing, about)
	}
	tokens := within(part[open:], depth+1)
	compared := operand(tokens, slices.IndexFunc(tokens, isSet))
	query := query{s, tokens, depth + 1, [][]string{s.columnsOf(compared)}, nil}
	if query.compared[0] == nil || compared[0].Depth > depth+1 {
		return false
	}
	if slices.ContainsFunc(part[:open], func(token Token) bool { return token.Is("EXISTS") }) {
		return query.picks(compared, query.ofOthers())
	}
	query.compared = append(query.compared, s.equated(tokens, depth+1, query.compared)...)
	return query.answersOther()
}

// joinShares reports whether the set is compared with a column of a table that is only
// read, which is not the one that the changed table is joined by.
func (s Statement) joinShares(part []Token, depth int, changing []Token, about []string) bool {
	named := qualifiedNames(operand(part, slices.IndexFunc(part, isSet)))
	sources := s.sourcesOf(changing, depth, about)
	isChanged := func(name []string) bool {
		return len(name) > 1 && slices.ContainsFunc(sources, func(one source) bool { return one.changed && sameTable(one.name, name[len(name)-2]) })
	}
	if len(named) == 0 || len(named[0]) < 2 || len(sources) < 2 || isChanged(named[0]) {
		return false
	}
	return !slices.ContainsFunc(equals(changing, depth, named[0]), isChanged)
}

// isSet reports whether a token is the parameter of a set. A statement for one row is run
// once for each.
func isSet(token Token) bool { return token.Text == ":ids" }

// ofOthers tells whether a column is qualified as none of the query's own tables'.
func (q query) ofOthers() func(name []string) bool {
	tables := q.tables()
	return func(name []string) bool {
		return len(name) > 1 && !slices.ContainsFunc(tables, func(table reference) bool { return table.called(name[:len(name)-1]) })
	}
}
