package sqltext

import "slices"

// KeySet is a statement taken apart at its condition for a set of keys:
// … WHERE <key> IN (:ids) AND …, or without what follows.
type KeySet struct {
	// Before is all up to the key, Key the key as it is written, and After all behind
	// the set.
	Before, Key, After string
}

// FindKeySet takes the statement apart, if its WHERE begins with the key and a set of
// them, and other conditions only narrow it. isKey reports whether words name the key.
func (s Statement) FindKeySet(isKey func(words []string) bool) (KeySet, bool) {
	if len(s.Parameters) != 1 || s.Parameters[0] != "ids" {
		return KeySet{}, false
	}
	tokens := s.Tokens()
	where := slices.IndexFunc(tokens, func(token Token) bool { return token.Depth == 0 && token.Is("WHERE") })
	in := slices.IndexFunc(tokens, func(token Token) bool { return token.Depth == 0 && token.Is("IN") })
	if where < 0 || in < where+2 || len(tokens) < in+4 || tokens[in+1].Text != "(" || tokens[in+2].Text != ":ids" || tokens[in+3].Text != ")" {
		return KeySet{}, false
	}
	key := tokens[where+1 : in]
	if !isKey(texts(key)) || key[0].Part != 0 || slices.ContainsFunc(tokens[in+4:], widens) {
		return KeySet{}, false
	}
	return KeySet{Before: s.Texts[0][:key[0].Start], Key: s.Texts[0][key[0].Start:key[len(key)-1].End], After: s.Texts[1][tokens[in+3].End:]}, true
}

// widens reports whether a token makes a condition true for others than the set's.
func widens(token Token) bool {
	return token.Depth == 0 && slices.ContainsFunc([]string{"OR", "XOR", "UNION", "INTERSECT", "EXCEPT", "LIMIT"}, token.Is)
}

func texts(tokens []Token) []string {
	list := make([]string, len(tokens))
	for i, token := range tokens {
		list[i] = token.Text
	}
	return list
}
