package sqltext

import (
	"slices"
	"strings"
)

// SelectsKey reports whether each SELECT of the statement answers the key's columns, in
// their order and under their names, and nothing else.
func (s Statement) SelectsKey(key []string) bool {
	tokens := s.Tokens()
	for at, token := range tokens {
		if token.Depth != 0 || !token.Is("SELECT") {
			continue
		}
		list := tokens[at+1:]
		if end := slices.IndexFunc(list, func(token Token) bool { return token.Depth == 0 && slices.ContainsFunc(behindSelected, token.Is) }); end >= 0 {
			list = list[:end]
		}
		if !s.areSelected(list, key) {
			return false
		}
	}
	return true
}

// ReturnsKey reports whether the statement's RETURNING, if it has one, answers the key's
// columns in the same way.
func (s Statement) ReturnsKey(key []string) bool {
	tokens := s.Tokens()
	at := slices.IndexFunc(tokens, func(token Token) bool { return token.Depth == 0 && token.Is("RETURNING") })
	return at < 0 || s.areSelected(tokens[at+1:], key)
}

// LocksRows reports whether a query of the statement locks what it reads.
func (s Statement) LocksRows() bool {
	tokens := s.Tokens()
	for i := 1; i < len(tokens); i++ {
		if tokens[i-1].Is("FOR") && slices.ContainsFunc([]string{"UPDATE", "SHARE", "NO", "KEY"}, tokens[i].Is) {
			return true
		}
	}
	return false
}

// behindSelected are the words that may follow what a SELECT answers.
var behindSelected = []string{"FROM", "WHERE", "UNION", "INTERSECT", "EXCEPT", "ORDER", "LIMIT"}

// areSelected reports whether the tokens are these columns, each as it is or with another
// name behind AS.
func (s Statement) areSelected(tokens []Token, key []string) bool {
	if len(tokens) > 0 && (tokens[0].Is("DISTINCT") || tokens[0].Is("ALL")) {
		tokens = tokens[1:]
	}
	plain := make([]Token, 0, len(tokens))
	for i := 0; i < len(tokens); i++ {
		if tokens[i].Is("AS") {
			i++
			continue
		}
		if tokens[i].Text != "+" { // SQLite's way to leave an index alone
			plain = append(plain, tokens[i])
		}
	}
	return s.areNames(plain, key)
}

// DependsOnSet is what makes the statement's answer about a row of :ids depend on the
// other rows there; empty: nothing is known to.
func (s Statement) DependsOnSet() string {
	tokens := s.Tokens()
	for at, token := range tokens {
		if token.Text != ":ids" {
			continue
		}
		for depth := token.Depth; depth >= 0; depth-- {
			first, last := level(tokens, at, depth)
			if found := dependsOnSet(tokens[first:last], depth); found != "" {
				return found
			}
		}
	}
	return ""
}

// level are the places of the tokens of the brackets of a depth that are open around a
// token: the first, and the one behind the last.
func level(tokens []Token, at, depth int) (first, last int) {
	first, last = at, at
	for first > 0 && tokens[first-1].Depth >= depth {
		first--
	}
	for last < len(tokens) && tokens[last].Depth >= depth {
		last++
	}
	return first, last
}

// dependsOnSet is what of a query, at its own depth, is about several rows.
func dependsOnSet(tokens []Token, depth int) string {
	own := slices.DeleteFunc(slices.Clone(tokens), func(token Token) bool { return token.Depth != depth })
	grouped := slices.ContainsFunc(own, func(token Token) bool { return token.Is("GROUP") })
	selected := false
	for i, token := range own {
		switch {
		case token.Is("SELECT"):
			selected = true
		case token.Is("FROM"):
			selected = false
		case selected && !grouped && isFollowed(own, i, "(") && slices.ContainsFunc(aggregates, token.Is):
			return strings.ToLower(token.Text) + "()"
		}
		if found := chosenAmong(own, i); found != "" {
			return found
		}
	}
	return ""
}

// chosenAmong is what makes a query choose among its rows, or number them, at a place of it.
func chosenAmong(own []Token, i int) string {
	switch token := own[i]; {
	case token.Is("LIMIT"), token.Is("FETCH") && isFollowed(own, i, "FIRST", "NEXT"):
		return strings.ToUpper(token.Text)
	case token.Is("DISTINCT") && isFollowed(own, i, "ON"):
		return "DISTINCT ON"
	case token.Is("OVER") && i > 0 && own[i-1].Text == ")":
		return "OVER"
	}
	return ""
}

// isFollowed reports whether one of the words comes next.
func isFollowed(tokens []Token, i int, words ...string) bool {
	return i+1 < len(tokens) && slices.ContainsFunc(words, tokens[i+1].Is)
}

// aggregates are functions that make one row of many.
var aggregates = []string{"max", "min", "count", "sum", "avg", "total", "any_value", "array_agg", "string_agg", "group_concat", "json_agg", "jsonb_agg",
	"json_group_array", "json_arrayagg", "bool_and", "bool_or", "every", "bit_and", "bit_or", "bit_xor"}

// KeepsToKey reports whether the statement's condition is true for no other rows than
// those that its parameters name: <key> IN (:ids), or each of the key's columns with its
// parameter, and what is beside that only narrows it.
func (s Statement) KeepsToKey(key []string) bool {
	tokens := s.Tokens()
	where := slices.IndexFunc(tokens, func(token Token) bool { return token.Depth == 0 && token.Is("WHERE") })
	if where < 0 {
		return false
	}
	conditions := tokens[where+1:]
	if s.Has("ids") {
		return narrows(conditions, func(at int) bool { return s.setAt(conditions, at, key) })
	}
	for _, column := range key {
		if !narrows(conditions, func(at int) bool { return s.equalsAt(conditions, at, column, len(key) == 1) }) {
			return false
		}
	}
	return true
}

// narrows reports whether a condition that begins at one of the places must be true for
// the whole to be.
func narrows(conditions []Token, begins func(at int) bool) bool {
	for at := range conditions {
		if begins(at) && must(conditions, at) {
			return true
		}
	}
	return false
}

// must reports whether a condition is part of nothing but ANDs, up to the outermost.
func must(conditions []Token, at int) bool {
	for {
		depth := conditions[at].Depth
		if at > 0 && conditions[at-1].Depth == depth && !conditions[at-1].Is("AND") && conditions[at-1].Text != "&" {
			return false
		}
		first, last := level(conditions, at, depth)
		if chooses(conditions[first:last], depth) || openCase(conditions[first:at], depth) {
			return false
		}
		if depth == 0 {
			return true
		}
		at = first - 1 // the bracket
	}
}

// chooses reports whether tokens, at their depth, have an OR, or are a query.
func chooses(tokens []Token, depth int) bool {
	for i, token := range tokens {
		if token.Depth != depth {
			continue
		}
		concat := token.Text == "|" && i > 0 && tokens[i-1].Text == "|"
		if concat || token.Is("OR") || token.Is("XOR") || token.Is("SELECT") {
			return true
		}
	}
	return false
}

// openCase reports whether a CASE is open behind the tokens.
func openCase(tokens []Token, depth int) bool {
	open := 0
	for _, token := range tokens {
		switch {
		case token.Depth != depth:
		case token.Is("CASE"):
			open++
		case token.Is("END"):
			open--
		}
	}
	return open > 0
}

// setAt reports whether <key> IN (:ids) begins there.
func (s Statement) setAt(tokens []Token, at int, key []string) bool {
	in := at
	for in < len(tokens) && !tokens[in].Is("IN") {
		in++
	}
	return in+3 < len(tokens) && s.keyInSet(tokens[at:in+4], key)
}

// equalsAt reports whether a column is compared with its parameter there.
func (s Statement) equalsAt(tokens []Token, at int, column string, alone bool) bool {
	name, rest := names(tokens[at:])
	return len(name) > 0 && len(rest) > 1 && rest[0].Text == "=" && s.SameName(name[len(name)-1], column) &&
		(rest[1].Text == ":"+column || rest[1].Text == ":id" && alone)
}
