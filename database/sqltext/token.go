package sqltext

import "strings"

// Token is a word, a quoted name or string, a parameter, or any other character
// of a statement.
type Token struct {
	// Text is as it was written; a parameter has its colon.
	Text string
	// Depth is how many brackets are open around it; a bracket is outside of what
	// it opens.
	Depth int
	// Part is the number of the part of Statement.Texts that it stands in, and
	// Start and End are its place there; those of a parameter are at the end of
	// the part before it.
	Part, Start, End int
}

// Is reports whether the token is a word, in upper or lower case.
func (t Token) Is(word string) bool { return strings.EqualFold(t.Text, word) }

// Tokens are the statement's tokens, without blanks and comments.
func (s Statement) Tokens() []Token {
	var tokens []Token
	depth := 0
	for part, text := range s.Texts {
		for at := 0; at < len(text); {
			length := step(text[at:], s.dialect)
			token := Token{Text: text[at : at+length], Depth: depth, Part: part, Start: at, End: at + length}
			at += length
			switch {
			case strings.TrimSpace(token.Text) == "" || comment(token.Text, s.dialect) > 0:
				continue
			case token.Text == "(":
				depth++
			case token.Text == ")":
				depth--
				token.Depth = depth
			}
			tokens = append(tokens, token)
		}
		if part < len(s.Parameters) {
			tokens = append(tokens, Token{Text: ":" + s.Parameters[part], Depth: depth, Part: part, Start: len(text), End: len(text)})
		}
	}
	return tokens
}
