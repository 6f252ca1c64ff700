package sqltext

import "slices"

// source is a table that an UPDATE or DELETE is about or reads, by what its columns are
// qualified with.
type source struct {
	name string
	// changed: rows of it are changed. bound: it has no rows but those that parameters
	// name.
	changed, bound bool
}

// sourcesOf are those of a modification.
func (s Statement) sourcesOf(tokens []Token, depth int, about []string) []source {
	at := func(words ...string) int {
		return wordAt(tokens, depth, words...)
	}
	until := func(first int) []Token { return before(tokens[first:], depth, behindSources...) }
	set, from, using := at("SET"), at("FROM"), at("USING")
	var found []source
	switch {
	case tokens[0].Is("UPDATE") && set > 0:
		found = s.sourcesIn(tokens[1:set], depth, about)
		s.markAssigned(tokens[set+1:], depth, found)
		if from > set {
			found = append(found, s.sourcesIn(until(from+1), depth, about)...)
		}
	case from == 1 && using > 0 && tokens[0].Is("DELETE"):
		found = s.sourcesIn(tokens[2:using], depth, about)
		for i := range found {
			found[i].changed = true
		}
		found = append(found, s.sourcesIn(until(using+1), depth, about)...)
	case from > 0:
		found = s.sourcesIn(until(from+1), depth, about)
		for _, one := range s.sourcesIn(tokens[1:from], depth, about) {
			mark(found, one.name)
		}
		if from == 1 && len(found) > 0 {
			found[0].changed = true
		}
	}
	return found
}

// behindSources are the words behind the tables of a modification.
var behindSources = []string{"WHERE", "RETURNING", "ORDER", "LIMIT"}

// markAssigned marks the tables whose columns an UPDATE sets; of several, those that the
// columns name.
func (s Statement) markAssigned(assigned []Token, depth int, tables []source) {
	if len(tables) == 1 {
		tables[0].changed = true
		return
	}
	eachSet(assigned, depth, func(column []string, _ []Token) {
		if len(column) > 1 {
			mark(tables, column[len(column)-2])
		}
	})
}

func mark(tables []source, name string) {
	for i := range tables {
		tables[i].changed = tables[i].changed || sameTable(tables[i].name, name)
	}
}

func sameTable(one, other string) bool {
	return (reference{name: []string{one}}).called([]string{other})
}

// sourcesIn are the tables between commas and JOINs.
func (s Statement) sourcesIn(tokens []Token, depth int, about []string) []source {
	var found []source
	begins := true
	for at := 0; at < len(tokens); at++ {
		token := tokens[at]
		switch {
		case token.Depth != depth || begins && slices.ContainsFunc(modifiers, token.Is):
		case token.Text == ",", token.Is("JOIN"), token.Is("STRAIGHT_JOIN"):
			begins = true
		case begins && token.Text == "(":
			_, closing := level(tokens, min(at+1, len(tokens)-1), depth+1)
			inner := tokens[at+1 : max(at+1, closing)]
			if at, begins = closing, false; len(inner) > 0 && !slices.ContainsFunc([]string{"SELECT", "WITH", "VALUES", "TABLE"}, inner[0].Is) {
				found = append(found, s.sourcesIn(inner, depth+1, about)...)
				continue
			}
			found = append(found, source{name: aliasBehind(tokens, at), bound: s.queryIsAbout(inner, depth+1, about)})
		case begins && isName(token.Text):
			name, rest := names(tokens[at:])
			at, begins = len(tokens)-len(rest)-1, false
			one := source{name: name[len(name)-1], bound: slices.ContainsFunc(about, func(defined string) bool { return s.SameName(defined, name[len(name)-1]) })}
			if alias := aliasBehind(tokens, at); alias != "" {
				one.name = alias
			}
			found = append(found, one)
		}
	}
	return found
}

// aliasBehind is what a table is called that ends there; empty: as it is.
func aliasBehind(tokens []Token, at int) string {
	if isFollowed(tokens, at, "AS") {
		at++
	}
	if at+1 >= len(tokens) || !isName(tokens[at+1].Text) || slices.ContainsFunc(behindTables, tokens[at+1].Is) || slices.ContainsFunc(behindCondition, tokens[at+1].Is) {
		return ""
	}
	return tokens[at+1].Text
}

// queryIsAbout reports whether a query has no rows but those that parameters name.
func (s Statement) queryIsAbout(query []Token, depth int, about []string) bool {
	asked, bound := s.conditionsBound(query, depth, about)
	return bound || !asked && s.mentions(query, about)
}

// reached reports whether what is changed is compared with what parameters name, over
// other tables perhaps.
func (s Statement) reached(sources []source, conditions [][]Token, depth int, about []string) bool {
	if len(sources) < 2 || !slices.ContainsFunc(sources, func(one source) bool { return one.changed }) {
		return true
	}
	s.linkAll(conditions, depth, sources, about, "AND", "OR")
	return !slices.ContainsFunc(sources, func(one source) bool { return one.changed && !one.bound })
}

// linkAll binds tables by what stands between these words of conditions, over other tables
// perhaps.
func (s Statement) linkAll(conditions [][]Token, depth int, sources []source, about []string, words ...string) {
	var parts [][]Token
	for _, condition := range conditions {
		parts = append(parts, split(condition, depth, words...)...)
	}
	for range sources {
		for _, part := range parts {
			s.link(part, depth, sources, about)
		}
	}
}

// link binds the tables that a part of a condition compares with bound ones, or with
// parameters.
func (s Statement) link(part []Token, depth int, sources []source, about []string) {
	named, bare := qualified(part, sources)
	given := s.mentions(part, about) && !excludes(part, depth)
	compares := slices.ContainsFunc(part, func(token Token) bool { return token.Text == "=" || token.Is("IN") || token.Is("ANY") }) && !excludes(part, depth)
	reaches := slices.ContainsFunc(sources, func(one source) bool { return one.bound && (bare || slices.Contains(named, one.name)) })
	if !given && (!compares || !reaches) {
		return
	}
	for i := range sources {
		if bare || slices.Contains(named, sources[i].name) {
			sources[i].bound = true
		}
	}
}

// qualified are the names of tables that columns are qualified with, and whether there are
// columns without one, which may be any table's.
func qualified(part []Token, sources []source) (named []string, bare bool) {
	for at, token := range part {
		behindDot := at > 0 && part[at-1].Text == "."
		switch {
		case !isName(token.Text) || isParameter(token) || isFollowed(part, at, "("):
		case isFollowed(part, at, "."): // of a schema's table, too
			for _, one := range sources {
				if sameTable(one.name, token.Text) {
					named = append(named, one.name)
				}
			}
		case !behindDot && !slices.ContainsFunc(wordsOfConditions, token.Is):
			bare = true
		}
	}
	return named, bare
}

// wordsOfConditions are no columns.
var wordsOfConditions = []string{"AND", "OR", "NOT", "IN", "IS", "NULL", "TRUE", "FALSE", "LIKE", "ILIKE", "BETWEEN", "ANY", "ALL", "SOME", "EXISTS", "ARRAY", "CASE", "WHEN", "THEN", "ELSE",
	"END", "DISTINCT", "FROM", "SELECT", "WHERE", "DATE", "INTERVAL", "TIMESTAMP", "COLLATE", "ESCAPE", "REGEXP", "RLIKE", "BINARY", "bigint", "int", "integer", "text", "uuid", "numeric", "boolean", "date", "jsonb"}
