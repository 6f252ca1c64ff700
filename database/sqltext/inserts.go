package sqltext

import "slices"

// copiesOthers reports whether the INSERT, REPLACE or MERGE that the tokens begin with
// takes rows out of tables that its parameters have nothing to do with: each set would
// bring them once more.
func (s Statement) copiesOthers(tokens []Token, depth int, about []string) bool {
	if tokens[0].Is("MERGE") {
		return s.mergesOthers(tokens, depth, about)
	}
	open := slices.IndexFunc(tokens, func(token Token) bool { return token.Is("SELECT") && token.Depth <= depth+1 })
	if isFollowed(tokens, 0, "(") || open < 0 || insertsValues(tokens[:open], depth) {
		return false
	}
	inner := tokens[open].Depth
	return slices.ContainsFunc(split(within(tokens[open:], inner), inner, "UNION"), func(query []Token) bool { return s.readsOthers(query, inner, about) })
}

// insertsValues reports whether what is inserted are values, and no query.
func insertsValues(tokens []Token, depth int) bool {
	return slices.ContainsFunc(tokens, func(token Token) bool { return token.Depth == depth && (token.Is("VALUES") || token.Is("SET")) })
}

// readsOthers reports whether a query reads a table, and its rows are not those that the
// parameters name. A statement for one row may take what it likes beside it.
func (s Statement) readsOthers(query []Token, depth int, about []string) bool {
	from := wordAt(query, depth, "FROM")
	if from < 0 {
		return false
	}
	if slices.ContainsFunc(query[:from], func(token Token) bool { return isParameter(token) && !isSet(token) }) {
		asked, bound := s.conditionsBound(query, depth, about)
		return asked && !bound
	}
	return !s.queryBound(query, depth, about, true)
}

// mergesOthers is copiesOthers for a MERGE: what stands between USING and the first WHEN
// says which rows it is about, unless it is about those without a source, too.
func (s Statement) mergesOthers(tokens []Token, depth int, about []string) bool {
	for at, token := range tokens {
		if token.Depth == depth && token.Is("BY") && isFollowed(tokens, at, "SOURCE") {
			return true
		}
	}
	using := wordAt(tokens, depth, "USING")
	if using < 0 {
		return false
	}
	named := before(tokens[using+1:], depth, "WHEN")
	on := wordAt(named, depth, "ON")
	if on < 0 || s.bound(named[on+1:], depth, about) {
		return false
	}
	isAbout := s.mentions(named[:1], about)
	if len(named) > 1 && named[0].Text == "(" {
		isAbout = !s.readsOthers(within(named[1:], depth+1), depth+1, about)
	}
	return !isAbout || slices.ContainsFunc(s.alternatives(named[on+1:], depth), func(alternative []Token) bool {
		return !slices.ContainsFunc(split(alternative, depth, "AND"), func(part []Token) bool { return !excludes(part, depth) && namesColumn(part) })
	})
}
