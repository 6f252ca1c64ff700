package sqltext

import (
	"slices"
	"strings"
)

// Whether a condition is bound is asked of the few forms that name rows by a parameter:
// a column IN (:ids), = :id, = ANY (…), @> ARRAY[:id], IN or = a query that is bound
// itself, and EXISTS with one that is compared with the row around it. A CASE, a function
// or a comparison around them may turn them round, and names nobody.

// partBound is bound for what stands between ANDs.
func (s Statement) partBound(part []Token, depth int, about []string) bool {
	if inside := conditionIn(part, depth); inside != nil {
		return s.bound(inside, depth+1, about)
	}
	if len(part) < 3 || !s.mentions(part, about) || excludes(part, depth) {
		return false
	}
	if part[0].Is("EXISTS") && part[1].Text == "(" {
		query := within(part[2:], depth+1)
		return s.namesOthers(query, depth+1) && s.queryBound(query, depth+1, about, false)
	}
	compares := comparisonAt(part, depth)
	if compares < 0 {
		return isContained(part, depth) && namesColumn(part)
	}
	return s.sidesBound(part[:compares], part[compares:], depth, about)
}

// conditionIn is the condition in brackets that a part is, or that it says to be true; nil:
// it is something else.
func conditionIn(part []Token, depth int) []Token {
	if len(part) < 3 || part[0].Text != "(" || part[1].Is("SELECT") || part[1].Is("WITH") {
		return nil
	}
	closing := 1 + slices.IndexFunc(part[1:], func(token Token) bool { return token.Depth == depth })
	if closing < 1 || !isTrue(part[closing+1:]) {
		return nil
	}
	return part[1:closing]
}

// comparisonAt is where a part says at a depth that two sides are alike; below 0: nowhere.
func comparisonAt(part []Token, depth int) int {
	for at, token := range part {
		if token.Depth == depth && !token.Is("EXISTS") && isEqual(part, at) {
			return at
		}
	}
	return -1
}

// isContained reports whether a part asks what an array or a document contains.
func isContained(part []Token, depth int) bool {
	return part[0].Depth == depth && !part[0].Is("CASE") && slices.ContainsFunc(part, func(token Token) bool {
		return token.Depth == depth && strings.Contains("@&?", token.Text)
	})
}

// sidesBound reports whether one side of a comparison has a column, and the other what the
// parameters name; right begins with the comparison itself.
func (s Statement) sidesBound(left, right []Token, depth int, about []string) bool {
	lists := right[0].Is("IN")
	right = right[1:]
	if len(left) == 0 || len(right) == 0 || lists && (right[0].Text != "(" || !closesLast(right, depth)) || wordAt(right, depth, "IS") >= 0 || comparisonAt(right, depth) >= 0 {
		return false
	}
	if query := queryIn(right, depth); query != nil {
		return namesColumn(left) && !slices.ContainsFunc(left, isParameter) && s.queryBound(query, query[0].Depth, about, true)
	}
	return s.isGiven(left, depth, about) && namesColumn(right) || s.isGiven(right, depth, about) && namesColumn(left)
}

// calculates reports whether a side is a sum or the like: other rows than the parameter's
// would be meant.
func calculates(side []Token, depth int) bool {
	for at, token := range side {
		minus := token.Text == "-" && !isFollowed(side, at, ">")
		if token.Depth == depth && (minus || len(token.Text) == 1 && strings.Contains("+*/%^|", token.Text)) {
			return true
		}
	}
	return false
}

// queryIn is the query that a side of a comparison is, in brackets, behind ANY perhaps; nil:
// it is something else.
func queryIn(side []Token, depth int) []Token {
	if (side[0].Is("ANY") || side[0].Is("SOME")) && len(side) > 1 {
		side = side[1:]
	}
	if len(side) < 3 || side[0].Text != "(" || side[0].Depth != depth || !closesLast(side, depth) {
		return nil
	}
	for side = side[1 : len(side)-1]; len(side) > 2 && side[0].Text == "(" && closesLast(side, side[0].Depth); {
		side = side[1 : len(side)-1]
	}
	if !side[0].Is("SELECT") {
		return nil
	}
	return side
}

// isGiven reports whether a side has nothing but parameters, or is of what a WITH or a
// joined query has of them.
func (s Statement) isGiven(side []Token, depth int, about []string) bool {
	if slices.ContainsFunc(side, isParameter) {
		return !namesColumn(side) && !calculates(side, depth)
	}
	return s.mentions(side, about)
}

// namesColumn reports whether tokens name anything but parameters, types and words of SQL.
func namesColumn(tokens []Token) bool {
	for at, token := range tokens {
		behind := func(words ...string) bool { return at > 0 && slices.ContainsFunc(words, tokens[at-1].Is) }
		word := slices.ContainsFunc(wordsOfConditions, token.Is) || token.Is("AS")
		if isName(token.Text) && !isParameter(token) && !word && !isFollowed(tokens, at, "(") && !behind(":", "AS", "COLLATE") {
			return true
		}
	}
	return false
}

// queryBound reports whether a query has no rows but those that parameters name. compared:
// its column is what names rows in turn, and must be of the tables that are bound.
func (s Statement) queryBound(query []Token, depth int, about []string, compared bool) bool {
	return !slices.ContainsFunc(split(query, depth, "UNION"), func(branch []Token) bool {
		branch = split(branch, depth, "EXCEPT", "INTERSECT", "MINUS")[0] // the rest takes away
		return !s.branchBound(branch, depth, about) || compared && !s.selectsBound(branch, depth, about)
	})
}

// branchBound is queryBound for one SELECT.
func (s Statement) branchBound(query []Token, depth int, about []string) bool {
	asked, bound := s.conditionsBound(query, depth, about)
	from := max(0, wordAt(query, depth, "FROM"))
	return bound || !asked && s.mentions(withoutOuterJoins(query[from:], depth), about)
}

// selectsBound reports whether a query selects a column of a table of its own that has no
// rows but those that parameters name, or is compared with one.
func (s Statement) selectsBound(query []Token, depth int, about []string) bool {
	from := wordAt(query, depth, "FROM")
	if from < 0 || slices.ContainsFunc(query, func(token Token) bool { return token.Depth == depth && token.Is("LATERAL") }) {
		return true // SELECT :id, or tables that ask for the row beside them
	}
	list := query[1:from]
	sources := s.sourcesIn(before(query[from+1:], depth, append([]string{"WHERE", "GROUP"}, behindList...)...), depth, about)
	if joinsByName(query, depth) {
		return true
	}
	unnamed := true
	for at, token := range list {
		if !isFollowed(list, at, ".") || at > 0 && list[at-1].Text == "." || !isName(token.Text) {
			continue
		}
		unnamed = false
		mark(sources, token.Text)
	}
	if unnamed {
		return namesColumn(list) || slices.ContainsFunc(list, func(token Token) bool { return token.Text == "*" })
	}
	return s.reachesSome(query, sources, depth, about)
}

// reachesSome reports whether one of the tables that are marked has no rows but those that
// parameters name.
func (s Statement) reachesSome(query []Token, sources []source, depth int, about []string) bool {
	s.linkAll(s.conditionsOf(query, depth), depth, sources, about, "AND")
	return slices.ContainsFunc(sources, func(one source) bool { return one.changed && (one.bound || len(sources) == 1) })
}
