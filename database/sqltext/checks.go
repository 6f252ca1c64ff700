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
		if !s.areSelected(before(tokens[at+1:], 0, behindSelected...), key) {
			return false
		}
	}
	return true
}

// SelectsFrom are the tables whose columns the statement's outermost SELECT answers, as far
// as its columns name them, and all tables of its FROM. What a WITH defines is none.
func (s Statement) SelectsFrom() (selected, all [][]string) {
	tokens := s.Tokens()
	place := func(from int, words ...string) int {
		at := slices.IndexFunc(tokens[from:], func(token Token) bool { return token.Depth == 0 && slices.ContainsFunc(words, token.Is) })
		return from + at
	}
	begins := place(0, "SELECT")
	from := place(max(0, begins), "FROM")
	if begins < 0 || from < begins {
		return nil, nil
	}
	end := place(from, "WHERE", "GROUP", "UNION", "INTERSECT", "EXCEPT", "ORDER")
	if end < from {
		end = len(tokens)
	}
	tables := references(tokens[from+1 : end])
	for _, table := range tables {
		if slices.ContainsFunc(tokens[:begins], func(token Token) bool {
			return token.Depth == 0 && s.SameName(token.Text, Unquoted(table.name[len(table.name)-1]))
		}) {
			return nil, nil
		}
	}
	for list := tokens[begins+1 : from]; len(list) > 0; {
		var name []string
		if name, list = names(list); len(name) < 2 {
			continue
		}
		for _, table := range tables {
			if table.called(name[:len(name)-1]) {
				selected = append(selected, table.name)
			}
		}
	}
	return selected, namesOf(tables)
}

// Returns reports whether the statement answers what it has written: by a RETURNING, or as
// a query of one of its WITHs that writes and does.
func (s Statement) Returns() bool { return s.answer() != nil }

// ReturnsKey reports whether what the statement answers of that, if it does, are the key's
// columns in the same way.
func (s Statement) ReturnsKey(key []string) bool {
	answer := s.answer()
	return answer == nil || s.areSelected(answer, key)
}

// answer is the list that the statement answers of what it has written; nil: it does not.
func (s Statement) answer() []Token {
	tokens := s.Tokens()
	if at := wordAt(tokens, 0, "RETURNING"); at >= 0 {
		return tokens[at+1:]
	}
	main := slices.IndexFunc(tokens, func(token Token) bool { return token.Depth == 0 && (token.Is("SELECT") || writes(token)) })
	if main < 1 || !tokens[main].Is("SELECT") {
		return nil
	}
	list := before(tokens[main+1:], 0, "FROM")
	from := tokens[main+1+len(list):]
	for _, one := range definitions(tokens[:main]) {
		if len(from) == 2 && s.SameName(from[1].Text, Unquoted(one.name)) && writes(tokens[one.first]) {
			return list
		}
	}
	return nil
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
	for len(tokens) > 0 && slices.ContainsFunc(beforeSelected, tokens[0].Is) {
		tokens = tokens[1:]
	}
	if len(tokens) > 1 && tokens[0].Is("ON") && tokens[1].Text == "(" { // DISTINCT ON
		depth := tokens[1].Depth
		tokens = tokens[3+slices.IndexFunc(tokens[2:], func(token Token) bool { return token.Text == ")" && token.Depth == depth }):]
	}
	plain := make([]Token, 0, len(tokens))
	for i := 0; i < len(tokens); i++ {
		switch {
		case tokens[i].Is("AS"):
			i++
		case tokens[i].Text == "+": // SQLite's way to leave an index alone
		case i > 0 && isName(tokens[i].Text) && isName(tokens[i-1].Text): // another name, without AS
		default:
			plain = append(plain, tokens[i])
		}
	}
	return s.areNames(plain, key)
}

// beforeSelected may stand between SELECT and what it answers.
var beforeSelected = []string{"DISTINCT", "ALL", "STRAIGHT_JOIN", "HIGH_PRIORITY", "SQL_NO_CACHE", "SQL_CACHE", "SQL_BIG_RESULT", "SQL_SMALL_RESULT", "SQL_BUFFER_RESULT"}

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

// KeepsToKey reports whether the statement's condition is true for no other rows than
// those that its parameters name: <key> IN (:ids), or each of the key's columns with its
// parameter, and what is beside that only narrows it.
func (s Statement) KeepsToKey(key []string) bool {
	tokens := s.Tokens()
	where := wordAt(tokens, 0, "WHERE")
	if where < 0 {
		return false
	}
	conditions := tokens[where+1:]
	if s.Has("ids") {
		return narrows(conditions, func(at int) bool { return s.setAt(conditions, at, key) })
	}
	if narrows(conditions, func(at int) bool { return s.tupleEqualsAt(conditions, at, key) }) {
		return true
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
		if !endsCondition(conditions[min(last+1, len(conditions)):]) {
			return false
		}
		at = first - 1 // the bracket
	}
}

// chooses reports whether tokens, at their depth, have an OR, or are a query.
func chooses(tokens []Token, depth int) bool {
	for i, token := range tokens {
		concat := token.Text == "|" && i > 0 && tokens[i-1].Text == "|"
		chosen := concat || token.Is("OR") || token.Is("XOR") || token.Is("SELECT")
		if chosen && token.Depth == depth && !openCase(tokens[:i], depth) {
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
	return in+3 < len(tokens) && s.keyInSet(tokens[at:in+4], key) && endsCondition(tokens[in+4:])
}

// equalsAt reports whether a column is compared with its parameter there.
func (s Statement) equalsAt(tokens []Token, at int, column string, alone bool) bool {
	isParameter := func(token Token) bool { return token.Text == ":"+column || token.Text == ":id" && alone }
	if isParameter(tokens[at]) { // the other way round
		if at+2 >= len(tokens) || tokens[at+1].Text != "=" {
			return false
		}
		name, rest := names(tokens[at+2:])
		return s.SameName(name[len(name)-1], column) && endsCondition(rest)
	}
	name, rest := names(tokens[at:])
	if len(name) == 0 || !s.SameName(name[len(name)-1], column) {
		return false
	}
	for _, compares := range [][]string{{"="}, {"<", "=", ">"}, {"IN"}} {
		if value, found := onlyBehind(rest, compares); found {
			return isParameter(value)
		}
	}
	return false
}

// onlyBehind is the token that follows these words, in brackets or without, if a condition
// ends with it.
func onlyBehind(tokens []Token, words []string) (Token, bool) {
	for _, word := range words {
		if len(tokens) < 2 || !tokens[0].Is(word) {
			return Token{}, false
		}
		tokens = tokens[1:]
	}
	if len(tokens) > 2 && tokens[0].Text == "(" && tokens[2].Text == ")" {
		return tokens[1], endsCondition(tokens[3:])
	}
	return tokens[0], endsCondition(tokens[1:])
}

// endsCondition reports whether nothing is added to a condition by what follows it.
func endsCondition(tokens []Token) bool {
	return len(tokens) == 0 || slices.ContainsFunc([]string{")", "AND", "&", "OR", "XOR", "ORDER", "LIMIT", "RETURNING", "GROUP", "THEN"}, tokens[0].Is)
}

// tupleEqualsAt reports whether the key, as a tuple, is compared with its parameters there.
func (s Statement) tupleEqualsAt(tokens []Token, at int, key []string) bool {
	open := at
	if tokens[open].Is("ROW") {
		open++
	}
	closing := open + slices.IndexFunc(tokens[min(open, len(tokens)):], func(token Token) bool { return token.Text == ")" })
	parameters := slices.Concat([]string{"=", "("}, strings.Split(":"+strings.Join(key, " , :"), " "), []string{")"})
	end := closing + 1 + len(parameters)
	return closing > open && end <= len(tokens) && tokens[open].Text == "(" && s.areNames(tokens[open+1:closing], key) &&
		slices.Equal(texts(tokens[closing+1:end]), parameters)
}
