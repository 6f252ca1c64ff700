package database

import (
	"strings"
	"unicode"
)

// CleanText is a text of anybody's as it can be stored in every database, travel in
// JSON and protocol buffers, and be shown in a terminal: valid UTF-8 of at most so
// many characters, on one line, without zero bytes and other control characters.
func CleanText(text string, characters int) string {
	var clean strings.Builder
	count := 0
	for _, char := range text { // a byte that is no UTF-8 comes as U+FFFD
		if count++; count > characters {
			return cutLast(clean.String()) + "…"
		}
		clean.WriteRune(cleanCharacter(char))
	}
	return clean.String()
}

func cleanCharacter(char rune) rune {
	switch {
	case unicode.IsSpace(char):
		return ' '
	case unicode.IsControl(char), unicode.Is(unicode.Bidi_Control, char):
		return unicode.ReplacementChar
	}
	return char
}

// cutLast is a text without its last character.
func cutLast(text string) string {
	runes := []rune(text)
	return string(runes[:max(0, len(runes)-1)])
}
