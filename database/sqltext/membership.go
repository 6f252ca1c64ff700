package sqltext

import "slices"

// A statement may name its set more than once, as to narrow a table that is joined. That
// asks about other rows of the set, and not about the row alone, unless what is compared
// with :ids there is the row's own key.

// otherRows is where the set is used for another column than the row's key, of a query
// that the statement itself is; empty: nowhere.
func (o setOf) otherRows() string {
	var used [][]string
	for at, token := range o.tokens {
		if token.Text != ":ids" || o.inQuery(at) {
			continue
		}
		if named := qualifiedNames(operand(o.tokens, at)); len(named) > 0 && len(named[0]) > 1 {
			used = append(used, named[0])
		}
	}
	for _, name := range used[min(1, len(used)):] {
		if sameTable(name[len(name)-2], used[0][len(used[0])-2]) || joinsByName(o.tokens, 0) {
			continue
		}
		if !slices.ContainsFunc(equals(o.tokens, 0, name), func(other []string) bool { return sameColumn(other, used[0]) }) {
			return "another table's rows"
		}
	}
	return ""
}

// inQuery reports whether a place is within a query of the statement, in brackets.
func (o setOf) inQuery(at int) bool {
	for depth := o.tokens[at].Depth; depth > 0; depth-- {
		if first, _ := level(o.tokens, at, depth); o.tokens[first].Is("SELECT") || o.tokens[first].Is("WITH") || o.tokens[first].Is("VALUES") {
			return true
		}
	}
	return false
}

// isKey reports whether what is compared is the key, in whatever form, or columns that are
// compared with it.
func (o setOf) isKey(compared []Token) bool {
	columns := o.s.columnsOf(compared)
	if columns == nil {
		return !slices.ContainsFunc(o.key, func(key string) bool {
			return !slices.ContainsFunc(compared, func(token Token) bool { return o.s.SameName(token.Text, key) })
		})
	}
	return !slices.ContainsFunc(o.key, func(key string) bool {
		return !slices.ContainsFunc(columns, func(column string) bool {
			return o.s.SameName(column, key) || slices.ContainsFunc(equals(o.tokens, 0, []string{column}), func(other []string) bool { return o.s.SameName(other[len(other)-1], key) })
		})
	})
}

// picks reports whether a query that asks about the row around it by its key takes rows
// of the set by another column.
func (q query) picks(compared []Token, outer func(name []string) bool) bool {
	return slices.ContainsFunc(qualifiedNames(compared), func(name []string) bool {
		return !slices.ContainsFunc(equals(q.tokens, q.depth, name), outer)
	})
}

// equals are the columns that conditions at a depth say are equal to this one, and it.
func equals(tokens []Token, depth int, name []string) [][]string {
	found := [][]string{name}
	for more := true; more; {
		more = false
		eachEquality(tokens, depth, func(left, right []string) {
			for _, pair := range [][2][]string{{left, right}, {right, left}} {
				is := func(one []string) func([]string) bool {
					return func(other []string) bool { return sameColumn(one, other) }
				}
				if slices.ContainsFunc(found, is(pair[0])) && !slices.ContainsFunc(found, is(pair[1])) {
					found, more = append(found, pair[1]), true
				}
			}
		})
	}
	return found
}

// sameColumn reports whether two names mean one column, as far as they say.
func sameColumn(one, other []string) bool {
	if !sameTable(one[len(one)-1], other[len(other)-1]) {
		return false
	}
	return len(one) == 1 || len(other) == 1 || sameTable(one[len(one)-2], other[len(other)-2])
}

// qualifiedNames are the columns that the tokens are, in the parts of their names; nil:
// they are something else.
func qualifiedNames(tokens []Token) [][]string {
	tokens = unwrapped(tokens)
	var found [][]string
	for len(tokens) > 0 {
		name, rest := names(tokens)
		if !isName(name[len(name)-1]) || len(rest) > 0 && (rest[0].Text != "," || len(rest) == 1) {
			return nil
		}
		found = append(found, name)
		if tokens = rest; len(tokens) > 0 {
			tokens = tokens[1:]
		}
	}
	return found
}
