package sqltext

import (
	"slices"
	"strings"
)

// DependsOnSet is what makes the statement's answer about a row of :ids depend on the
// other rows there; empty: nothing is known to. more are the database's aggregates beside
// those that all have.
func (s Statement) DependsOnSet(key []string, more ...string) string {
	tokens := s.Tokens()
	of := setOf{s, tokens, key, more}
	defined := of.sets()
	for at, token := range tokens {
		var compared [][]string
		if named := slices.IndexFunc(defined, func(one setTable) bool { return one.isReadAt(tokens, at) }); named >= 0 {
			compared = append([][]string{key}, defined[named].compared...)
		} else if token.Text == ":ids" {
			compared = [][]string{s.columnsOf(operand(tokens, at))}
		} else {
			continue
		}
		if found := of.dependsAt(at, compared); found != "" {
			return found
		}
	}
	return of.otherRows()
}

// setOf is a statement, taken for what it does with the rows of a set.
type setOf struct {
	s      Statement
	tokens []Token
	key    []string
	more   []string
}

// reads reports whether the query at a depth itself reads the set's rows there, and no
// query within it.
func (o setOf) reads(at, depth int) bool {
	if o.tokens[at].Text == ":ids" {
		return depth == o.tokens[at].Depth-1
	}
	return depth == o.tokens[at].Depth
}

// dependsAt is what depends on the set in the queries around a place where its rows come
// from, from the inside to the outside.
func (o setOf) dependsAt(at int, compared [][]string) string {
	for depth := o.tokens[at].Depth; depth >= 0; depth-- {
		first, last := level(o.tokens, at, depth)
		compared = append(compared, o.s.equated(o.tokens[first:last], depth, compared)...)
		query := query{o.s, o.tokens[first:last], depth, compared, o.more}
		if query.correlated(o.key) { // it is about the row around it
			if o.reads(at, depth) && query.picks(operand(o.tokens, at), query.outerKey(o.key)) {
				return subqueryOfRows
			}
			continue
		}
		if found := query.dependsOnSet(); found != "" {
			return found
		}
		if o.reads(at, depth) && o.asksOthers(first, query) {
			return subqueryOfRows
		}
		if first > 1 && o.tokens[first-2].Is("IN") { // its answers are compared in turn
			compared = append(compared, o.s.columnsOf(operandBefore(o.tokens, first-2)))
		}
	}
	return ""
}

// asksOthers reports whether a query, which begins there and reads the set's rows, is used
// for its value, or compared with anything but the row's own key. Within another query it
// may narrow what is joined.
func (o setOf) asksOthers(first int, query query) bool {
	if first > 0 && query.selects() && isValue(o.tokens, first-1) {
		return true
	}
	if first < 2 || !o.tokens[first-2].Is("IN") || o.inQuery(first-2) {
		return false
	}
	return !o.isKey(operandBefore(o.tokens, first-2)) || query.compared[0] != nil && query.answersOther()
}

// subqueryOfRows is what a statement has that asks for other rows of its set.
const subqueryOfRows = "a subquery of its rows"

// MisnamesKey reports whether :ids, which are keys, are compared with something else that
// is made of the key: some of its columns, or in another order, or an expression of them.
func (s Statement) MisnamesKey(key []string) bool {
	tokens := s.Tokens()
	for at, token := range tokens {
		if compared := operand(tokens, at); token.Text == ":ids" && s.misnames(compared, key) {
			return true
		}
	}
	return false
}

func (s Statement) misnames(compared []Token, key []string) bool {
	isKey := func(name string) bool {
		return slices.ContainsFunc(key, func(column string) bool { return s.SameName(name, column) })
	}
	columns := s.columnsOf(compared)
	if columns == nil {
		return slices.ContainsFunc(compared, func(token Token) bool { return isKey(token.Text) })
	}
	if slices.ContainsFunc(columns, func(name string) bool { return !isKey(name) }) {
		return false
	}
	return !slices.EqualFunc(columns, key, s.SameName)
}

// beforeOperand are the words that an operand of IN may stand behind.
var beforeOperand = []string{"AND", "OR", "XOR", "WHERE", "NOT", "ON", "HAVING", "WHEN", "THEN", "ELSE", "BY", "SELECT", "CASE", ",", "=", "&", "SET"}

// operand are the tokens that are compared by IN (:ids), where the parameter stands there.
func operand(tokens []Token, at int) []Token {
	if at < 3 || at >= len(tokens) || tokens[at].Text != ":ids" || tokens[at-1].Text != "(" || !tokens[at-2].Is("IN") {
		return nil
	}
	return operandBefore(tokens, at-2)
}

// operandBefore are the tokens that the IN there compares.
func operandBefore(tokens []Token, in int) []Token {
	if in < 1 {
		return nil
	}
	end, depth := in, tokens[in].Depth
	if tokens[end-1].Is("NOT") {
		end--
	}
	first := end
	for first > 0 && tokens[first-1].Depth >= depth {
		if before := tokens[first-1]; before.Depth == depth && (slices.ContainsFunc(beforeOperand, before.Is) || before.Text == "(") && !opens(tokens[first-1:end], depth) {
			break
		}
		first--
	}
	return tokens[first:end]
}

// opens reports whether the tokens begin with a bracket that is closed among them.
func opens(tokens []Token, depth int) bool {
	return tokens[0].Text == "(" && slices.ContainsFunc(tokens[1:], func(token Token) bool { return token.Text == ")" && token.Depth == depth })
}

// columnsOf are the names of the columns that the tokens are, without their tables'; nil:
// they are something else.
func (s Statement) columnsOf(tokens []Token) []string {
	var found []string
	for _, name := range qualifiedNames(tokens) {
		found = append(found, name[len(name)-1])
	}
	return found
}

// unwrapped are the tokens without what stands around them and changes nothing.
func unwrapped(tokens []Token) []Token {
	for len(tokens) > 0 && (tokens[0].Text == "+" || tokens[0].Is("ROW") && isFollowed(tokens, 0, "(")) {
		tokens = tokens[1:]
	}
	for len(tokens) > 2 && tokens[len(tokens)-1].Text == ")" && opens(tokens, tokens[0].Depth) {
		tokens = tokens[1 : len(tokens)-1]
	}
	return tokens
}

// isName reports whether a token can be a column's name.
func isName(text string) bool {
	return letter(text[0]) || strings.ContainsRune("\"`[", rune(text[0])) && len(text) > 1
}

// query is a query, or a part of one, whose answer is about rows that were compared by
// these columns, of one table or another; nil: by something else.
type query struct {
	s         Statement
	tokens    []Token
	depth     int
	compared  [][]string
	aggregate []string
}

// dependsOnSet is what of it, at its own depth, is about several rows.
func (q query) dependsOnSet() string {
	grouped, selected, queries := q.groups(), false, false
	if grouped != "" && grouped != byKey {
		return grouped
	}
	for i, token := range q.tokens {
		switch {
		case token.Depth != q.depth:
			continue
		case token.Is("SELECT"):
			selected, queries = true, true
		case token.Is("FROM"):
			selected = false
		case selected && grouped == "" && q.isAggregate(i):
			return strings.ToLower(token.Text) + "()"
		}
		if found := q.chosenAmong(i); queries && found != "" {
			return found
		}
	}
	return ""
}

// byKey: a query is grouped by what was compared, so that each group is one row's.
const byKey = "by key"

// groups is how the query is grouped; empty: it is not.
func (q query) groups() string {
	group := slices.IndexFunc(q.tokens, func(token Token) bool { return token.Depth == q.depth && token.Is("GROUP") })
	if group < 0 || !isFollowed(q.tokens, group, "BY") || q.covers(q.tokens[group+2:]) {
		if group < 0 {
			return ""
		}
		return byKey
	}
	return "GROUP BY of something else than the key"
}

// covers reports whether a list of expressions names all columns that were compared, or
// may: a number is a place of what is selected.
func (q query) covers(list []Token) bool {
	names := q.listed(list)
	return slices.ContainsFunc(q.compared, func(columns []string) bool {
		return !slices.ContainsFunc(columns, func(column string) bool {
			return !slices.ContainsFunc(names, func(name string) bool {
				return q.s.SameName(name, column) || name[0] >= '0' && name[0] <= '9'
			})
		})
	})
}

// listed are the names and numbers in a list of expressions; others are left out.
func (q query) listed(list []Token) []string {
	end := slices.IndexFunc(list, func(token Token) bool {
		return token.Depth < q.depth || token.Depth == q.depth && slices.ContainsFunc(behindList, token.Is)
	})
	if end >= 0 {
		list = list[:end]
	}
	var found []string
	for len(list) > 0 {
		length := slices.IndexFunc(list, func(token Token) bool { return token.Depth == q.depth && token.Text == "," })
		if length < 0 {
			length = len(list)
		}
		item := list[:length]
		if columns := q.s.columnsOf(item); columns != nil {
			found = append(found, columns...)
		} else if len(item) == 1 {
			found = append(found, item[0].Text)
		}
		list = list[min(length+1, len(list)):]
	}
	return found
}

// behindList are the words that end a list of expressions.
var behindList = []string{"HAVING", "ORDER", "LIMIT", "WINDOW", "UNION", "INTERSECT", "EXCEPT", "ROWS", "RANGE", "OFFSET", "FETCH"}

// isAggregate reports whether an aggregate is called there, and not over a window.
func (q query) isAggregate(i int) bool {
	token := q.tokens[i]
	if !isFollowed(q.tokens, i, "(") || !slices.ContainsFunc(aggregates, token.Is) && !slices.ContainsFunc(q.aggregate, token.Is) {
		return false
	}
	behind := q.behindBracket(i + 1)
	if isFollowed(q.tokens, behind-1, "FILTER") {
		behind = q.behindBracket(behind + 1)
	}
	return !isFollowed(q.tokens, behind-1, "OVER")
}

// behindBracket is the place behind the bracket that opens there.
func (q query) behindBracket(open int) int {
	for i := open + 1; i < len(q.tokens); i++ {
		if q.tokens[i].Text == ")" && q.tokens[i].Depth == q.tokens[open].Depth {
			return i + 1
		}
	}
	return len(q.tokens)
}

// chosenAmong is what makes a query choose among its rows, or number them, at a place of it.
func (q query) chosenAmong(i int) string {
	token, next := q.tokens[i], q.tokens[min(i+1, len(q.tokens)-1)]
	number := next.Text[0] >= '0' && next.Text[0] <= '9'
	switch {
	case token.Is("LIMIT"), token.Is("FETCH") && isFollowed(q.tokens, i, "FIRST", "NEXT"), token.Is("OFFSET") && number, token.Is("TABLESAMPLE"):
		return strings.ToUpper(token.Text)
	case token.Is("ROWNUM") && next.Text == "(":
		return "ROWNUM()"
	case token.Is("DISTINCT") && next.Is("ON") && !q.inner().covers(q.inBracket(i+2)):
		return "DISTINCT ON"
	case token.Is("OVER") && i > 0 && q.tokens[i-1].Text == ")" && !q.partitioned(i+1):
		return "OVER"
	}
	return ""
}

// inBracket are the tokens of the bracket that opens there.
func (q query) inBracket(open int) []Token {
	if open >= len(q.tokens) || q.tokens[open].Text != "(" {
		return nil
	}
	return q.tokens[open+1 : q.behindBracket(open)-1]
}

// partitioned reports whether a window, or the one of that name, is that of one row's key.
func (q query) partitioned(open int) bool {
	for at, token := range q.tokens {
		if token.Is("WINDOW") && token.Depth == q.depth && open < len(q.tokens) && q.tokens[open].Text != "(" {
			named := slices.IndexFunc(q.tokens[at:], func(token Token) bool { return strings.EqualFold(token.Text, q.tokens[open].Text) })
			if named >= 0 && isFollowed(q.tokens, at+named, "AS") {
				open = at + named + 2
			}
		}
	}
	window := q.inBracket(open)
	if len(window) < 3 || !window[0].Is("PARTITION") || q.compared[0] == nil {
		return false
	}
	return q.inner().covers(window[2:])
}

// inner is the query with a depth more, for what stands in brackets.
func (q query) inner() query {
	q.depth++
	return q
}

// isFollowed reports whether one of the words comes next.
func isFollowed(tokens []Token, i int, words ...string) bool {
	return i+1 < len(tokens) && slices.ContainsFunc(words, tokens[i+1].Is)
}

// aggregates are functions that make one row of many.
var aggregates = []string{"max", "min", "count", "sum", "avg", "total", "any_value", "array_agg", "string_agg", "group_concat", "json_agg", "jsonb_agg",
	"json_group_array", "json_arrayagg", "bool_and", "bool_or", "every", "bit_and", "bit_or", "bit_xor", "std", "stddev", "stddev_pop", "stddev_samp", "variance",
	"var_pop", "var_samp", "json_objectagg", "json_group_object", "jsonb_group_array", "jsonb_group_object", "median", "mode"}
