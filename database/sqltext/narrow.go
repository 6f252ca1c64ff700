package sqltext

import (
	"slices"
	"strings"
)

// Unbound is the first UPDATE or DELETE in the statement, in one of its WITH too, whose
// condition can be true for rows that have nothing to do with its parameters: it has no
// condition, one that an OR leaves open, or one that only excludes. Empty: there is none.
// A condition that compares with a query's answers is taken for bound by them.
func (s Statement) Unbound() string {
	tokens := s.Tokens()
	var defined []string
	for _, one := range definitions(tokens) {
		defined = append(defined, one.name)
	}
	for at, token := range tokens {
		changes := token.Is("DELETE") && isFollowed(tokens, at, "FROM") || token.Is("UPDATE") && begins(tokens, at)
		if !changes {
			continue
		}
		last := at
		for last < len(tokens) && tokens[last].Depth >= token.Depth {
			last++
		}
		conditions := s.conditionsOf(tokens[at:last], token.Depth)
		if !slices.ContainsFunc(conditions, func(condition []Token) bool { return s.bound(condition, token.Depth, defined) }) {
			return strings.ToUpper(token.Text)
		}
	}
	return ""
}

// begins reports whether a statement begins there, or one in brackets or behind a WITH.
func begins(tokens []Token, at int) bool {
	return at == 0 || tokens[at-1].Text == ")" || tokens[at-1].Text == "("
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

// conditionsOf are what stands behind the WHERE of a modification, and behind the ONs of
// its joins.
func (s Statement) conditionsOf(tokens []Token, depth int) [][]Token {
	var found [][]Token
	for at, token := range tokens {
		if token.Depth != depth || !token.Is("WHERE") && !token.Is("ON") {
			continue
		}
		condition := tokens[at+1:]
		if end := slices.IndexFunc(condition, func(token Token) bool {
			return token.Depth == depth && slices.ContainsFunc(behindCondition, token.Is)
		}); end >= 0 {
			condition = condition[:end]
		}
		found = append(found, condition)
	}
	return found
}

// behindCondition are the words that end a condition.
var behindCondition = []string{"WHERE", "SET", "JOIN", "INNER", "LEFT", "RIGHT", "CROSS", "STRAIGHT_JOIN", "FULL", "ON", "RETURNING", "ORDER", "LIMIT", "GROUP"}

// bound reports whether a condition is true only for what its parameters, or what a WITH
// defines, are about: each of its alternatives has a part that must be.
func (s Statement) bound(condition []Token, depth int, defined []string) bool {
	for _, alternative := range split(condition, depth, "OR", "XOR") {
		parts := split(alternative, depth, "AND")
		if !slices.ContainsFunc(parts, func(part []Token) bool { return s.partBound(part, depth, defined) }) {
			return false
		}
	}
	return true
}

// partBound is bound for what stands between ANDs.
func (s Statement) partBound(part []Token, depth int, defined []string) bool {
	if len(part) > 2 && part[0].Text == "(" && part[len(part)-1].Text == ")" && opens(part, depth) && !part[1].Is("SELECT") && !part[1].Is("WITH") && closesLast(part, depth) {
		return s.bound(part[1:len(part)-1], depth+1, defined)
	}
	about := slices.ContainsFunc(part, func(token Token) bool {
		return token.Text[0] == ':' && len(token.Text) > 1 && isName(token.Text[1:]) || slices.ContainsFunc(defined, func(name string) bool { return s.SameName(name, token.Text) })
	})
	return about && !excludes(part, depth)
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
	return token.Is("NOT") && (at == 0 || next("IN", "EXISTS", "BETWEEN")) ||
		token.Is("IS") && (next("FALSE") || next("NOT") && isFollowed(part, at+1, "TRUE")) ||
		token.Text == "=" && next("FALSE", "0")
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
