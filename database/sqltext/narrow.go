package sqltext

import (
	"slices"
	"strings"
)

// Unbound is the first UPDATE or DELETE in the statement, in one of its WITH too, whose
// condition can be true for rows that have nothing to do with its parameters: it has no
// condition, one that an OR leaves open, one that only excludes, or one about another
// table that is not compared with this one; or an INSERT, REPLACE or MERGE that takes such
// rows out of another table. Empty: there is none. Where names do not say
// whose columns they are, it is taken for bound.
func (s Statement) Unbound() string {
	tokens := s.Tokens()
	about := s.namesAbout(tokens)
	for _, changing := range modifications(tokens) {
		word, unbound := changing[0], s.copiesOthers
		if word.Is("UPDATE") || word.Is("DELETE") {
			unbound = s.changesOthers
		}
		if unbound(changing, word.Depth, about) {
			return strings.ToUpper(word.Text)
		}
	}
	return ""
}

// changesOthers is Unbound for the UPDATE or DELETE that the tokens begin with.
func (s Statement) changesOthers(changing []Token, depth int, about []string) bool {
	sources, named := s.sourcesOf(changing, depth, about), about
	for _, one := range sources {
		if one.bound && one.name != "" {
			named = append(named, one.name)
		}
	}
	if joinsByName(changing, depth) && s.mentions(changing, about) {
		return false
	}
	conditions := s.conditionsOf(changing, depth)
	isBound := slices.ContainsFunc(conditions, func(condition []Token) bool { return s.bound(condition, depth, named) })
	return !isBound || !s.reached(sources, append(conditions, outerConditions(changing, depth)...), depth, about)
}

// outerConditions are what stands behind the ONs of LEFT JOINs. They leave no row out, but
// say which rows of the table on their right are meant.
func outerConditions(tokens []Token, depth int) [][]Token {
	var found [][]Token
	left := false
	for at, token := range tokens {
		switch {
		case token.Depth != depth:
		case token.Is("JOIN"):
			left = at > 0 && (tokens[at-1].Is("LEFT") || tokens[at-1].Is("OUTER") && at > 1 && tokens[at-2].Is("LEFT"))
		case token.Is("ON") && left:
			found = append(found, before(tokens[at+1:], depth, behindCondition...))
		}
	}
	return found
}

// joinsByName reports whether tables are joined by columns of one name.
func joinsByName(tokens []Token, depth int) bool {
	for at, token := range tokens {
		using := token.Is("USING") && isFollowed(tokens, at, "(") && at+2 < len(tokens) && !slices.ContainsFunc([]string{"SELECT", "WITH", "VALUES", "TABLE", "("}, tokens[at+2].Is)
		if token.Depth == depth && (using || token.Is("NATURAL")) {
			return true
		}
	}
	return false
}

// namesAbout are the names that WITHs define and that have rows of the parameters alone.
func (s Statement) namesAbout(tokens []Token) []string {
	var about []string
	for _, one := range definitions(tokens) {
		body := tokens[one.first:one.last]
		if !s.mentions(body, about) {
			continue
		}
		itself := append(slices.Clone(about), one.name) // WITH RECURSIVE
		if !body[0].Is("SELECT") || s.queryBound(body, body[0].Depth, itself, false) {
			about = itself
		}
	}
	return about
}

// mentions reports whether the tokens have a parameter, or one of the names.
func (s Statement) mentions(tokens []Token, about []string) bool {
	return slices.ContainsFunc(tokens, func(token Token) bool {
		return isParameter(token) || slices.ContainsFunc(about, func(name string) bool { return s.SameName(name, token.Text) })
	})
}

func isParameter(token Token) bool {
	return len(token.Text) > 1 && token.Text[0] == ':' && isName(token.Text[1:])
}

// begins reports whether a statement begins there, or one in brackets or behind a WITH.
func begins(tokens []Token, at int) bool {
	return at == 0 || tokens[at-1].Text == ")" || tokens[at-1].Text == "("
}

// modifications are the statements among the tokens that change rows, those of WITHs too,
// each up to the end of its brackets.
func modifications(tokens []Token) [][]Token {
	var found [][]Token
	for at, token := range tokens {
		if begins(tokens, at) && (writes(token) || token.Is("REPLACE")) {
			found = append(found, within(tokens[at:], token.Depth))
		}
	}
	return found
}

// definition is a name that a WITH defines, and the places of its query: the first, and
// the one behind the last.
type definition struct {
	name        string
	first, last int
}

// definitions are those of the statement's WITHs, in their order.
func definitions(tokens []Token) []definition {
	var found []definition
	for at := 1; at < len(tokens); at++ {
		before := tokens[at-1]
		if !before.Is("WITH") && !before.Is("RECURSIVE") && before.Text != "," || !isName(tokens[at].Text) {
			continue
		}
		as := at + 1
		if isFollowed(tokens, at, "(") { // with its columns
			_, as = level(tokens, min(at+2, len(tokens)-1), tokens[at].Depth+1)
			as++
		}
		if as >= len(tokens) || !tokens[as].Is("AS") {
			continue
		}
		for as++; as < len(tokens) && (tokens[as].Is("NOT") || tokens[as].Is("MATERIALIZED")); {
			as++
		}
		if as+1 < len(tokens) && tokens[as].Text == "(" {
			_, last := level(tokens, as+1, tokens[as].Depth+1)
			found = append(found, definition{tokens[at].Text, as + 1, last})
		}
	}
	return found
}

// conditionsOf are what stands behind the WHERE of a modification or a query, and behind
// the ONs of its joins; an outer join keeps rows for which its ON is not true.
func (s Statement) conditionsOf(tokens []Token, depth int) [][]Token {
	var found [][]Token
	outer := false
	for at, token := range tokens {
		switch {
		case token.Depth != depth:
			continue
		case token.Is("LEFT"), token.Is("RIGHT"), token.Is("FULL"):
			outer = true
		case token.Is("JOIN") && !isOuter(tokens, at), token.Text == ",":
			outer = false
		}
		if !token.Is("WHERE") && (!token.Is("ON") || outer) {
			continue
		}
		found = append(found, before(tokens[at+1:], depth, behindCondition...))
	}
	return found
}

// isOuter reports whether the JOIN there is an outer one.
func isOuter(tokens []Token, at int) bool {
	return at > 0 && (slices.ContainsFunc([]string{"LEFT", "RIGHT", "FULL", "OUTER"}, tokens[at-1].Is))
}

// behindCondition are the words that end a condition.
var behindCondition = []string{"WHERE", "SET", "JOIN", "INNER", "LEFT", "RIGHT", "CROSS", "STRAIGHT_JOIN", "FULL", "ON", "RETURNING", "ORDER", "LIMIT", "GROUP"}

// bound reports whether a condition is true only for what its parameters, or what a WITH
// defines, are about: each of its alternatives has a part that must be.
func (s Statement) bound(condition []Token, depth int, about []string) bool {
	for _, alternative := range s.alternatives(condition, depth) {
		parts := split(alternative, depth, "AND")
		if !slices.ContainsFunc(parts, func(part []Token) bool { return s.partBound(part, depth, about) }) {
			return false
		}
	}
	return true
}

// alternatives are the parts of a condition between its ORs. MySQL takes || for one.
func (s Statement) alternatives(condition []Token, depth int) [][]Token {
	if s.dialect.of() == PostgreSQL || s.dialect.of() == SQLite {
		return split(condition, depth, "OR", "XOR")
	}
	plain := slices.Clone(condition)
	for at := range plain {
		if plain[at].Text == "|" && isFollowed(plain, at, "|") {
			plain[at].Text, plain[at+1].Text = "OR", "true AND"
		}
	}
	return split(slices.DeleteFunc(plain, func(token Token) bool { return token.Text == "true AND" }), depth, "OR", "XOR")
}

// withoutOuterJoins is a query without the conditions of its outer joins, which keep all
// rows of one side.
func withoutOuterJoins(query []Token, depth int) []Token {
	var kept []Token
	outer, skips := false, false
	for at, token := range query {
		if token.Depth == depth {
			switch {
			case token.Is("LEFT"), token.Is("RIGHT"), token.Is("FULL"):
				outer = true
			case token.Is("JOIN") && !isOuter(query, at):
				outer = false
			}
			skips = outer && (token.Is("ON") || skips && !slices.ContainsFunc(behindCondition, token.Is))
		}
		if !skips {
			kept = append(kept, token)
		}
	}
	return kept
}

// conditionsBound reports whether conditions of a query are about the parameters, and
// whether one of these is bound.
func (s Statement) conditionsBound(query []Token, depth int, about []string) (asked, bound bool) {
	for _, condition := range s.conditionsOf(query, depth) {
		if s.mentions(condition, about) {
			asked, bound = true, bound || s.bound(condition, depth, about)
		}
	}
	return asked, bound
}

// namesOthers reports whether a query is compared with the row around it, and not to
// exclude rows alone: a part of its conditions without an OR compares columns, or names
// those of other tables than its own, or its FROM does.
func (s Statement) namesOthers(query []Token, depth int) bool {
	from := 1 + wordAt(query, depth, "FROM")
	tables := before(query[from:], depth, "WHERE")
	own := s.sourcesIn(tables, depth, nil)
	if namesTables(tables, own) || joinsByName(query, depth) {
		return true
	}
	for _, condition := range s.conditionsOf(query, depth) {
		for _, part := range split(condition, depth, "AND") {
			if excludes(part, depth) || slices.ContainsFunc(part, func(token Token) bool { return token.Is("OR") }) {
				continue
			}
			compared := false
			for inner := depth; inner < depth+4; inner++ {
				eachEquality(part, inner, func(left, right []string) { compared = compared || !sameColumn(left, right) || len(left) != len(right) })
			}
			if compared || namesTables(part, own) && namesOwn(part, own) {
				return true
			}
		}
	}
	return false
}

// namesOwn reports whether tokens have a column of these tables, or one that may be.
func namesOwn(tokens []Token, own []source) bool {
	named, bare := qualified(tokens, own)
	return bare || len(named) > 0
}

// namesTables reports whether columns are qualified as those of other tables than these.
func namesTables(tokens []Token, own []source) bool {
	for at, token := range tokens {
		qualifies := isName(token.Text) && isFollowed(tokens, at, ".") && (at == 0 || tokens[at-1].Text != ".")
		if qualifies && !slices.ContainsFunc(own, func(one source) bool { return sameTable(one.name, token.Text) }) {
			return true
		}
	}
	return false
}

// closesLast reports whether the bracket that opens first is closed last.
func closesLast(part []Token, depth int) bool {
	return slices.IndexFunc(part[1:], func(token Token) bool { return token.Depth == depth }) == len(part)-2
}

// split are the parts of a condition between these words at its depth. The AND of a
// BETWEEN parts nothing.
func split(tokens []Token, depth int, words ...string) [][]Token {
	var parts [][]Token
	first, between := 0, false
	for at, token := range tokens {
		switch {
		case token.Depth != depth || openCase(tokens[:at], depth):
		case token.Is("BETWEEN"):
			between = true
		case between && token.Is("AND"):
			between = false
		case slices.ContainsFunc(words, token.Is):
			parts, first = append(parts, tokens[first:at]), at+1
		}
	}
	return append(parts, tokens[first:])
}

// excludes reports whether a part of a condition is true for all but what it is about, or
// for all on one side of it.
func excludes(part []Token, depth int) bool {
	equal, unequal := false, false
	for at, token := range part {
		if token.Depth != depth {
			continue
		}
		if negates(part, at) {
			return true
		}
		equal, unequal = equal || isEqual(part, at), unequal || isUnequal(part, at)
	}
	return unequal && !equal
}

// negates reports whether a condition is turned round there.
func negates(part []Token, at int) bool {
	token := part[at]
	next := func(words ...string) bool { return isFollowed(part, at, words...) }
	if token.Text == ")" && isCondition(part, at) {
		return !isTrue(part[at+1:])
	}
	return token.Is("NOT") && (at == 0 || next("IN", "EXISTS", "BETWEEN", "LIKE", "ILIKE", "REGEXP", "SIMILAR")) || token.Text == "!" && at == 0 ||
		token.Is("IS") && (next("FALSE") || next("NOT") && isFollowed(part, at+1, "TRUE")) ||
		token.Text == "=" && next("FALSE", "0")
}

// isTrue reports whether what follows a condition in brackets asks for its truth.
func isTrue(behind []Token) bool {
	asks := len(behind) > 1 && (behind[0].Is("IS") || behind[0].Text == "=") && (behind[1].Is("TRUE") || behind[1].Text == "1")
	return asks || endsCondition(behind)
}

// isCondition reports whether the bracket that is closed there, at the beginning, has a
// comparison of its own.
func isCondition(part []Token, closing int) bool {
	depth := part[closing].Depth
	if part[0].Text != "(" || slices.IndexFunc(part[1:], func(token Token) bool { return token.Depth == depth }) != closing-1 {
		return false
	}
	within := part[1:closing]
	return slices.ContainsFunc(within, isParameter) && slices.ContainsFunc(within, func(token Token) bool {
		return token.Depth == depth+1 && (token.Text == "=" || token.Is("IN") || token.Is("EXISTS"))
	})
}

// isEqual reports whether values are compared there that must be alike.
func isEqual(part []Token, at int) bool {
	token := part[at]
	if token.Text == "=" {
		return at == 0 || !strings.Contains("<>!", part[at-1].Text)
	}
	return token.Is("IN") || token.Is("EXISTS") || token.Is("LIKE")
}

// isUnequal reports whether they are compared otherwise there.
func isUnequal(part []Token, at int) bool {
	switch token := part[at]; token.Text {
	case "<", ">":
		return !isOperator(part, at) || token.Text == "<" && isFollowed(part, at, ">")
	case "!":
		return isFollowed(part, at, "=")
	default:
		return token.Is("BETWEEN")
	}
}

// isOperator reports whether the sign there is part of a longer operator, as of jsonb's.
func isOperator(tokens []Token, at int) bool {
	beside := func(i int) bool {
		return i >= 0 && i < len(tokens) && strings.Contains("-@#&|<>~?", tokens[i].Text)
	}
	return beside(at-1) || beside(at+1)
}
