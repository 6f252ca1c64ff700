package sqltext

import "slices"

// setTable is what a WITH defines as a query about rows of a set, by these columns.
type setTable struct {
	definition
	compared [][]string
}

// sets are those of the statement's WITH, also those that read others.
func (o setOf) sets() []setTable {
	var found []setTable
	for _, defined := range definitions(o.tokens) {
		one, about := setTable{definition: defined}, false
		for i := one.first; i < one.last; i++ {
			read := slices.IndexFunc(found, func(other setTable) bool { return other.isReadAt(o.tokens, i) })
			switch {
			case o.tokens[i].Text == ":ids":
				about, one.compared = true, append(one.compared, o.s.columnsOf(operand(o.tokens, i)))
			case read >= 0:
				about, one.compared = true, append(one.compared, found[read].compared...)
			}
		}
		if about {
			found = append(found, one)
		}
	}
	return found
}

// isReadAt reports whether a query reads the table there, outside of its own definition.
func (t setTable) isReadAt(tokens []Token, at int) bool {
	if at == 0 || at >= t.first && at < t.last || !tokens[at].Is(t.name) {
		return false
	}
	before := tokens[at-1]
	return before.Is("FROM") || before.Is("JOIN") || before.Is("STRAIGHT_JOIN") || before.Is("USING") || before.Text == "," && !isFollowed(tokens, at, "AS", ".")
}

// equated are the columns that conditions at a depth compare with columns that were
// compared.
func (s Statement) equated(tokens []Token, depth int, compared [][]string) [][]string {
	var found [][]string
	eachEquality(tokens, depth, func(left, right []string) {
		for _, pair := range [][2][]string{{left, right}, {right, left}} {
			one, other := pair[0][len(pair[0])-1], pair[1][len(pair[1])-1]
			if slices.ContainsFunc(compared, func(columns []string) bool { return len(columns) == 1 && s.SameName(columns[0], one) }) {
				found = append(found, []string{other})
			}
		}
	})
	return found
}

// eachEquality tells of each comparison of two columns at a depth, by their names, and of
// two rows of columns.
func eachEquality(tokens []Token, depth int, use func(left, right []string)) {
	for at := range tokens {
		begins := at == 0 || tokens[at-1].Depth < depth || slices.ContainsFunc([]string{"WHERE", "AND", "ON"}, tokens[at-1].Is)
		if !begins || tokens[at].Depth != depth {
			continue
		}
		if tokens[at].Text == "(" {
			equalRows(tokens[at:], use)
		}
		if !isName(tokens[at].Text) {
			continue
		}
		left, rest := names(tokens[at:])
		if len(rest) < 2 || rest[0].Text != "=" || !isName(rest[1].Text) {
			continue
		}
		if right, rest := names(rest[1:]); endsCondition(rest) || slices.ContainsFunc(behindCondition, rest[0].Is) {
			use(left, right)
		}
	}
}

// equalRows tells of the columns of (a, b) = (c, d), if the tokens begin so.
func equalRows(tokens []Token, use func(left, right []string)) {
	row := func(tokens []Token) (found [][]string, rest []Token) {
		for len(tokens) > 1 && (tokens[0].Text == "(" && len(found) == 0 || tokens[0].Text == ",") && isName(tokens[1].Text) {
			var name []string
			name, tokens = names(tokens[1:])
			found = append(found, name)
		}
		if len(tokens) == 0 || tokens[0].Text != ")" {
			return nil, nil
		}
		return found, tokens[1:]
	}
	left, rest := row(tokens)
	if len(rest) < 2 || rest[0].Text != "=" {
		return
	}
	right, _ := row(rest[1:])
	for i := range min(len(left), len(right)) {
		use(left[i], right[i])
	}
}

// correlated reports whether a query in another one asks about that one's row: it compares
// each of the key's columns, which are none of its own tables'.
func (q query) correlated(key []string) bool {
	if q.depth == 0 || !q.selects() || q.from() < 0 {
		return false
	}
	return !slices.ContainsFunc(key, func(column string) bool {
		compared, outer := false, q.outerKey([]string{column})
		eachEquality(q.tokens, q.depth, func(left, right []string) {
			compared = compared || outer(left) || outer(right)
		})
		return !compared
	})
}

// outerKey tells whether a column is one of the key's, and of no table of the query.
func (q query) outerKey(key []string) func(name []string) bool {
	tables := q.tables()
	return func(name []string) bool {
		qualifier := name[:len(name)-1]
		isKey := slices.ContainsFunc(key, func(column string) bool { return q.s.SameName(name[len(name)-1], column) })
		return isKey && !slices.ContainsFunc(tables, func(table reference) bool { return len(qualifier) > 0 && table.called(qualifier) })
	}
}

// tables are those that the query reads.
func (q query) tables() []reference {
	return references(before(within(q.tokens[q.from()+1:], q.depth), q.depth, append([]string{"WHERE", "GROUP"}, behindList...)...))
}

// from is the place of the query's FROM; below 0: it has none.
func (q query) from() int {
	return wordAt(q.tokens, q.depth, "FROM")
}

// selects reports whether the query is a SELECT of its own.
func (q query) selects() bool { return len(q.tokens) > 0 && q.tokens[0].Is("SELECT") }

// isValue reports whether the bracket there has a query that is used as a value, or as a
// condition, and not as a table or as what IN compares with.
func isValue(tokens []Token, open int) bool {
	if open < 1 || tokens[open].Text != "(" {
		return false
	}
	before := tokens[open-1]
	switch {
	case before.Is("ALL"), before.Is("EXISTS"), before.Is("ARRAY"):
		return true
	case before.Is("ANY"), before.Is("SOME"):
		return open < 2 || tokens[open-2].Text != "=" || open > 2 && slices.Contains([]string{"<", ">", "!"}, tokens[open-3].Text)
	}
	call := before.Text == "(" && open > 1 && isName(tokens[open-2].Text) && !slices.ContainsFunc(beforeTables, tokens[open-2].Is)
	return call || slices.Contains([]string{"=", "<", ">", "+", "-", "*", "/", "|"}, before.Text)
}

// beforeTables are the words behind which a bracket has tables, or what IN compares with.
var beforeTables = []string{"FROM", "JOIN", "IN", "AS", "ANY", "SOME", "UNION", "ALL", "INTERSECT", "EXCEPT", "USING", "LATERAL", "MATERIALIZED", "WHERE", "AND", "OR"}

// answersOther reports whether a query answers columns, and others than it was asked by.
func (q query) answersOther() bool {
	from := wordAt(q.tokens, q.depth, "FROM")
	if !q.selects() || from < 2 {
		return false
	}
	list := q.tokens[1:from]
	if list[0].Is("DISTINCT") || list[0].Is("ALL") {
		list = list[1:]
	}
	columns := q.s.columnsOf(list)
	return columns != nil && !slices.ContainsFunc(q.compared, func(compared []string) bool { return slices.EqualFunc(compared, columns, q.s.SameName) })
}
