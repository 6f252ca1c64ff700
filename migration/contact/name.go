package contact

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// SplitName splits a full name into first and last name. It understands
// «First Last», «Last, First», titles («Dr. Ada King»), suffixes («John Smith,
// Jr.»), particles («Ludwig van Beethoven») and any blanks. Titles and suffixes
// are left out; the letters' case is kept.
//
// A single word is a first name, or, behind a title, a last name. The only
// errors are a name without letters and one that is not valid UTF-8.
func SplitName(full string) (first, last string, err error) {
	if err := checkName(full); err != nil {
		return "", "", err
	}
	before, after, comma := strings.Cut(full, ",")
	front := strings.Fields(before)
	if !comma {
		first, last = splitWords(front)
		return first, last, nil
	}
	back := strings.FieldsFunc(after, blankOrComma)
	if onlySuffixes(back) {
		first, last = splitWords(front)
		return first, last, nil
	}
	if len(front) == 0 {
		first, last = splitWords(back)
		return first, last, nil
	}
	return joinWords(undecorated(back)), joinWords(undecorated(front)), nil
}

func checkName(full string) error {
	switch {
	case strings.ContainsFunc(full, unicode.IsLetter) && utf8.ValidString(full):
		return nil
	case !utf8.ValidString(full):
		return fmt.Errorf("name %s is not valid UTF-8", quote(full))
	case strings.TrimSpace(full) == "":
		return fmt.Errorf("name %s is empty", quote(full))
	}
	return fmt.Errorf("name %s has no letters", quote(full))
}

// splitWords splits the words of a name in the order first name, last name.
func splitWords(words []string) (first, last string) {
	bare := undecorated(words)
	if len(bare) == 1 && len(words) > 1 && isTitle(words[0]) {
		return "", bare[0]
	}
	if len(bare) <= 1 {
		return joinWords(bare), ""
	}
	start := len(bare) - 1
	for start > 1 && isParticle(bare[start-1]) {
		start--
	}
	return joinWords(bare[:start]), joinWords(bare[start:])
}

// undecorated leaves out titles in front and suffixes behind; one word stays
// whatever it is.
func undecorated(words []string) []string {
	for len(words) > 1 && isTitle(words[0]) {
		words = words[1:]
	}
	for len(words) > 1 && isSuffix(words[len(words)-1]) {
		words = words[:len(words)-1]
	}
	return words
}

func onlySuffixes(words []string) bool {
	for _, word := range words {
		if !isSuffix(word) {
			return false
		}
	}
	return true
}

func joinWords(words []string) string { return strings.Join(words, " ") }

func blankOrComma(r rune) bool { return r == ',' || unicode.IsSpace(r) }
