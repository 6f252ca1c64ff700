package sqltext

import (
	"errors"
	"fmt"
	"strings"
)

// CheckCondition holds a condition to what may stand in brackets behind the AND
// of another statement: it cannot end the statement or its brackets, hide what
// follows, or take an argument of the statement for its own.
func CheckCondition(text string, dialect Dialect) error {
	read, depth := reading{dialect: dialect}, 0
	for at := 0; at < len(text); {
		length, err := closed(text[at:], dialect)
		if err != nil {
			return err
		}
		if length > 0 {
			at += length
			continue
		}
		switch {
		case text[at] == ';':
			return errors.New("it has a semicolon; write one condition, as it stands after WHERE")
		case text[at] == '(':
			depth++
		case text[at] == ')':
			depth--
		case read.parameter(text, at) != "" || nameless(text, at, dialect):
			return fmt.Errorf("it has a parameter (%q); write the value itself", firstWord(text[at:]))
		}
		if depth < 0 {
			return errors.New("a bracket is closed that it has not opened")
		}
		at += step(text[at:], dialect)
	}
	if depth > 0 {
		return errors.New("a bracket is not closed")
	}
	return nil
}

// closed is the length of a string or quoted name at the beginning of the text,
// which must end in it. A comment could hide what comes behind the condition.
func closed(text string, dialect Dialect) (int, error) {
	length := opaque(text, dialect)
	if length == 0 {
		return 0, nil
	}
	if comment(text, dialect) > 0 {
		return 0, errors.New("it has a comment; leave it out")
	}
	if opaque(text+"\n", dialect) > len(text) {
		return 0, fmt.Errorf("the %c of %q is not closed", text[0], firstWord(text))
	}
	return length, nil
}

// nameless reports whether a parameter stands at a place that is written in another way
// than the migrations' :name.
func nameless(text string, at int, dialect Dialect) bool {
	next := strings.TrimLeft(text[at+1:min(len(text), at+2)], " ")
	switch text[at] {
	case '?':
		return dialect.of() != PostgreSQL // there it is an operator
	case '$':
		return dialect.of() == PostgreSQL && next >= "0" && next <= "9" || dialect.of() == SQLite && next != ""
	case '@':
		return dialect.of() == SQLite && next != ""
	}
	return false
}

// firstWord is the beginning of a text, for an error.
func firstWord(text string) string {
	words := strings.Fields(text)
	if len(words) == 0 {
		return text
	}
	return words[0]
}
