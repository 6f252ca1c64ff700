package sqltext

import "slices"

// KeyAlone reports whether the statement is an UPDATE or a DELETE of this table that asks
// nothing of a row but its key.
func (s Statement) KeyAlone(table string, key []string) bool {
	tokens := s.Tokens()
	where := slices.IndexFunc(tokens, func(token Token) bool { return token.Depth == 0 && token.Is("WHERE") })
	if where < 0 || !s.ofTable(tokens[:where], table) {
		return false
	}
	conditions := before(tokens[where+1:], 0, "RETURNING")
	return s.keyInSet(conditions, key) || s.keyEquals(conditions, key)
}

// ofTable reports whether what stands before the WHERE is about this table alone.
func (s Statement) ofTable(tokens []Token, table string) bool {
	switch {
	case len(tokens) == 0:
		return false
	case tokens[0].Is("DELETE") && len(tokens) > 2 && tokens[1].Is("FROM"):
		tokens = tokens[2:]
	case tokens[0].Is("UPDATE"):
		set := slices.IndexFunc(tokens, func(token Token) bool { return token.Depth == 0 && token.Is("SET") })
		if set < 0 || slices.ContainsFunc(tokens[set:], func(token Token) bool { return token.Depth == 0 && token.Is("FROM") }) {
			return false
		}
		tokens = tokens[1:set]
	default:
		return false
	}
	tables := references(tokens)
	return len(tables) == 1 && s.SameName(tables[0].name[len(tables[0].name)-1], table) && !slices.ContainsFunc(tokens, func(token Token) bool { return token.Is("ONLY") || token.Is("USING") })
}

// keyInSet reports whether the tokens are <key> IN (:ids), and nothing else.
func (s Statement) keyInSet(tokens []Token, key []string) bool {
	in := len(tokens) - 4
	if in < 1 || !tokens[in].Is("IN") || !slices.Equal(texts(tokens[in+1:]), []string{"(", ":ids", ")"}) {
		return false
	}
	written := tokens[:in]
	if written[0].Is("ROW") && len(written) > 1 {
		written = written[1:]
	}
	if last := len(written) - 1; written[0].Text == "(" && written[last].Text == ")" {
		written = written[1:last]
	}
	return s.areNames(written, key)
}

// areNames reports whether the tokens are these columns, with commas between them, and
// nothing else.
func (s Statement) areNames(tokens []Token, columns []string) bool {
	for i, column := range columns {
		if i > 0 {
			if len(tokens) == 0 || tokens[0].Text != "," {
				return false
			}
			tokens = tokens[1:]
		}
		var name []string
		if name, tokens = names(tokens); len(name) == 0 || !s.SameName(name[len(name)-1], column) {
			return false
		}
	}
	return len(tokens) == 0
}

// keyEquals reports whether each of the key's columns is compared with its parameter, and
// nothing else is asked.
func (s Statement) keyEquals(tokens []Token, key []string) bool {
	var compared []string
	for {
		name, rest := names(tokens)
		if len(name) == 0 || len(rest) < 2 || rest[0].Text != "=" {
			return false
		}
		place := slices.IndexFunc(key, func(column string) bool { return s.SameName(name[len(name)-1], column) })
		if place < 0 || rest[1].Text != ":"+key[place] && (rest[1].Text != ":id" || len(key) > 1) {
			return false
		}
		compared, rest = append(compared, key[place]), rest[2:]
		if len(rest) == 0 {
			break
		}
		if !rest[0].Is("AND") {
			return false
		}
		tokens = rest[1:]
	}
	return !slices.ContainsFunc(key, func(column string) bool { return !slices.Contains(compared, column) })
}

// SwapsKey is a column of the key that is compared with the parameter of another of its
// columns, and that one; empty: there is none.
func (s Statement) SwapsKey(key []string) (column, parameter string) {
	tokens := s.Tokens()
	for at := range tokens {
		place := slices.IndexFunc(key, func(name string) bool { return tokens[at].Text == ":"+name })
		if place < 0 || tokens[at].Depth > 0 { // a query in it may be about another row
			continue
		}
		compared := ""
		switch {
		case at > 1 && tokens[at-1].Text == "=" && endsCondition(tokens[at+1:]):
			compared = tokens[at-2].Text
		case at+2 < len(tokens) && tokens[at+1].Text == "=":
			name, rest := names(tokens[at+2:])
			if endsCondition(rest) {
				compared = name[len(name)-1]
			}
		}
		if slices.ContainsFunc(key, func(name string) bool { return name != key[place] && s.SameName(compared, name) }) {
			return compared, key[place]
		}
	}
	return "", ""
}
