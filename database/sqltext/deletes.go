package sqltext

import "slices"

// Deletes are the tables of which the statement deletes rows, wherever that stands in it,
// schema and all, as they are written; Inserts are those to which it adds some.
func (s Statement) Deletes() [][]string {
	var found [][]string
	tokens := s.Tokens()
	for at, token := range tokens {
		switch {
		case at > 0 && tokens[at-1].Is("THEN") && token.Is("DELETE"): // MERGE
			found = append(found, namesOf(target(tokens[:at], token.Depth))...)
		case token.Is("DELETE"):
			found = append(found, deleted(within(tokens[at+1:], token.Depth), token.Depth)...)
		}
	}
	return found
}

// Inserts are the tables to which the statement adds rows.
func (s Statement) Inserts() [][]string {
	var found [][]string
	tokens := s.Tokens()
	for at, token := range tokens {
		if token.Is("INTO") && at > 0 && !tokens[at-1].Is("MERGE") {
			found = append(found, namesOf(references(tokens[at+1:])[:1])...)
		}
	}
	return found
}

func namesOf(tables []reference) [][]string {
	list := make([][]string, len(tables))
	for i, table := range tables {
		list[i] = table.name
	}
	return list
}

// deleted are the tables of a DELETE: those between it and FROM, which are called as what
// follows says, or else those behind it.
func deleted(tokens []Token, depth int) [][]string {
	place := func(words ...string) int {
		return slices.IndexFunc(tokens, func(token Token) bool { return token.Depth == depth && slices.ContainsFunc(words, token.Is) })
	}
	tokens = before(tokens, depth, behindSources...)
	for len(tokens) > 0 && slices.ContainsFunc([]string{"QUICK", "LOW_PRIORITY", "IGNORE"}, tokens[0].Is) {
		tokens = tokens[1:]
	}
	from, using := place("FROM"), place("USING")
	if from < 0 {
		return nil
	}
	named, tables := tokens[:from], references(tokens[from+1:])
	if using > from {
		named, tables = tokens[from+1:using], append(references(tokens[using+1:]), references(tokens[from+1:using])...)
	}
	if len(named) == 0 {
		return namesOf(tables)
	}
	var found [][]string
	for _, one := range references(named) {
		at := slices.IndexFunc(tables, func(table reference) bool { return table.called(one.name) })
		if found = append(found, one.name); at >= 0 {
			found = append(found, tables[at].name)
		}
	}
	return found
}

// WritesInWith reports whether a WITH of the statement changes rows, as PostgreSQL's may.
func (s Statement) WritesInWith() bool {
	tokens := s.Tokens()
	return slices.ContainsFunc(definitions(tokens), func(one definition) bool {
		return one.first < len(tokens) && writes(tokens[one.first])
	})
}

// writes reports whether a statement that begins with the token changes rows.
func writes(token Token) bool {
	return slices.ContainsFunc([]string{"INSERT", "UPDATE", "DELETE", "MERGE"}, token.Is)
}
