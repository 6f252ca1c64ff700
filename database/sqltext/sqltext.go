// Package sqltext takes SQL statements apart at their named parameters, so that
// a driver can put its own placeholders in. It leaves strings, quoted names and
// comments alone, and understands no SQL beyond that.
package sqltext

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Dialect is what counts as a quoted name or a string in a database's SQL.
type Dialect int

// The dialects. SQLite and MySQL quote names in backticks, SQLite in brackets
// too; PostgreSQL has strings between dollar signs, strings with backslashes after
// an E, comments within comments, and brackets for arrays. MySQL has backslashes in
// strings, comments after #, and after -- only if a blank follows.
const (
	SQLite Dialect = iota
	PostgreSQL
	MySQL
)

// What a session's sql_mode changes in MySQL's dialect; it is added to it.
const (
	// NoBackslashes: a backslash is a letter like any other (NO_BACKSLASH_ESCAPES).
	NoBackslashes Dialect = 1 << (8 + iota)
	// NamesInQuotes: what stands in double quotes is a name (ANSI_QUOTES).
	NamesInQuotes
)

// of is the dialect without what a session's mode changes.
func (d Dialect) of() Dialect { return d & (NoBackslashes - 1) }

// backslashes reports whether a backslash escapes what follows it in such quotes.
func (d Dialect) backslashes(quote byte) bool {
	return d.of() == MySQL && d&NoBackslashes == 0 && (quote == '\'' || d&NamesInQuotes == 0)
}

// Statement is a statement in parts: text, parameter, text, … text.
type Statement struct {
	// Texts are the parts between the parameters; one more than Parameters.
	Texts []string
	// Parameters are the names, without their colon.
	Parameters []string

	dialect Dialect
}

// Parse takes a statement apart. What follows its semicolon may be comments only.
func Parse(text string, dialect Dialect) (Statement, error) {
	text = strings.TrimRight(strings.TrimSpace(text), "; \n\t")
	found := Statement{dialect: dialect}
	read := reading{dialect: dialect}
	begin := 0
	for at := 0; at < len(text); {
		if text[at] == ';' {
			rest := strings.TrimLeft(stripComments(text[at:], dialect), "; \r\n\t")
			if rest != "" {
				return found, fmt.Errorf("more than one statement: %q begins another; list them one by one", rest)
			}
			text = text[:at]
			break
		}
		if dialect.of() == MySQL && (strings.HasPrefix(text[at:], "/*!") || strings.HasPrefix(text[at:], "/*M!")) {
			return found, errors.New("the server executes what stands in a comment of this form, /*! … */; write it as SQL, or leave it out")
		}
		if name := read.parameter(text, at); name != "" {
			found.Texts = append(found.Texts, text[begin:at])
			found.Parameters = append(found.Parameters, name)
			at += 1 + len(name)
			begin = at
			continue
		}
		at += step(text[at:], dialect)
	}
	found.Texts = append(found.Texts, text[begin:])
	return found, nil
}

// step is the length of a string, quoted name, comment, word or other character at the
// beginning of the text.
func step(text string, dialect Dialect) int {
	if length := opaque(text, dialect); length > 0 {
		return length
	}
	return max(1, nameLength(text))
}

// Has reports whether the statement has a parameter of that name.
func (s Statement) Has(name string) bool {
	for _, parameter := range s.Parameters {
		if parameter == name {
			return true
		}
	}
	return false
}

// CheckParameters holds the parameters against the key's columns: :ids stands for
// a set of customers, :id and the columns' names for one.
func (s Statement) CheckParameters(keyColumns []string) error {
	valid := slices.DeleteFunc(slices.Clone(keyColumns), func(column string) bool { return column == "id" || column == "ids" })
	valid = append([]string{"id", "ids"}, valid...)
	for i, name := range s.Parameters {
		if !slices.Contains(valid, name) {
			return fmt.Errorf("there is no parameter :%s; there are :%s%s", name, strings.Join(valid, ", :"), s.sliceHint(i))
		}
	}
	if written := s.placeholder(); written != "" {
		return fmt.Errorf("it has a parameter (%q) that nothing is given for; write the value itself", written)
	}
	if len(s.Parameters) == 0 {
		return errors.New("it has no parameter for the row; write :id for one row, or :ids for a set")
	}
	if s.Has("ids") && slices.ContainsFunc(s.Parameters, func(name string) bool { return name != "ids" }) {
		return errors.New(":ids cannot stand beside other parameters")
	}
	if len(keyColumns) > 1 && s.Has("id") && !slices.Contains(keyColumns, "id") {
		return fmt.Errorf("the key has several columns; name each (:%s), or write :ids", strings.Join(keyColumns, ", :"))
	}
	return nil
}

// sliceHint says how to write what looks like a parameter and may be the end of an array's
// slice; empty: it cannot be.
func (s Statement) sliceHint(parameter int) string {
	if s.dialect.of() != PostgreSQL || !strings.HasSuffix(s.Texts[parameter], "[") {
		return ""
	}
	return fmt.Sprintf("; for a slice of an array write a blank behind the colon, [: %s]", s.Parameters[parameter])
}

// placeholder is the first parameter in the database's own way of writing them; empty:
// there is none. Those with a name have been found.
func (s Statement) placeholder() string {
	for _, text := range s.Texts {
		for at := 0; at < len(text); at += step(text[at:], s.dialect) {
			if opaque(text[at:], s.dialect) == 0 && nameless(text, at, s.dialect) {
				return firstWord(text[at:])
			}
		}
	}
	return ""
}

// Fill puts the statement together again, with what replace gives for each
// parameter.
func (s Statement) Fill(replace func(parameter string) string) string {
	var text strings.Builder
	for i, part := range s.Texts {
		text.WriteString(part)
		if i < len(s.Parameters) {
			text.WriteString(replace(s.Parameters[i]))
		}
	}
	return text.String()
}

// HasWord reports whether a word stands in the statement outside of strings,
// quoted names and comments, in upper or lower case.
func (s Statement) HasWord(word string) bool {
	return slices.ContainsFunc(s.Tokens(), func(token Token) bool { return token.Is(word) })
}

// wordLength is the length of the word at the beginning of the text.
func wordLength(text string) int {
	end := 0
	for end < len(text) && (letter(text[end]) || text[end] >= '0' && text[end] <= '9') {
		end++
	}
	return end
}

// nameLength is the length of the name, word or number at the beginning of the text;
// names may have letters beyond ASCII, and dollar signs behind the first letter.
func nameLength(text string) int {
	end := 0
	for end < len(text) && (wordLength(text[end:end+1]) > 0 || text[end] >= 0x80 || end > 0 && text[end] == '$') {
		end++
	}
	return end
}

// FirstWord is the statement's first word in upper case.
func (s Statement) FirstWord() string {
	words := strings.Fields(stripComments(s.Texts[0], s.dialect))
	if len(words) == 0 {
		return ""
	}
	return strings.ToUpper(words[0])
}

// opaque is the length of a string, quoted name or comment at the beginning of
// the text; 0: there is none.
func opaque(text string, dialect Dialect) int {
	of := dialect.of()
	switch {
	case text[0] == '\'' || text[0] == '"':
		return quoted(text, dialect.backslashes(text[0]))
	case text[0] == '`' && of != PostgreSQL:
		return quoted(text, false)
	case text[0] == '[' && of == SQLite:
		return until(text, "]")
	case text[0] == '$' && of == PostgreSQL:
		return dollarQuoted(text)
	case of == PostgreSQL && len(text) > 1 && (text[0] == 'E' || text[0] == 'e') && text[1] == '\'':
		return 1 + escapes(text[1:])
	}
	return comment(text, dialect)
}

// comment is the length of a comment at the beginning of the text; 0: there is none.
func comment(text string, dialect Dialect) int {
	switch of := dialect.of(); {
	case strings.HasPrefix(text, "--") && (of != MySQL || len(text) > 2 && text[2] <= ' '):
		return until(text, "\n")
	case text[0] == '#' && of == MySQL:
		return until(text, "\n")
	case strings.HasPrefix(text, "/*") && of == PostgreSQL:
		return nested(text)
	case strings.HasPrefix(text, "/*"):
		return until(text, "*/")
	}
	return 0
}

// nested is the length of a comment that may hold others.
func nested(text string) int {
	depth := 0
	for at := 0; at < len(text); {
		switch {
		case strings.HasPrefix(text[at:], "/*"):
			depth, at = depth+1, at+2
		case strings.HasPrefix(text[at:], "*/"):
			if depth, at = depth-1, at+2; depth == 0 {
				return at
			}
		default:
			at++
		}
	}
	return len(text)
}

// escapes is the length of a string with backslashes, and of those on the lines behind
// it that go on with it.
func escapes(text string) int {
	length := quoted(text, true)
	rest := strings.TrimLeft(text[length:], " \t\r\n\f")
	gap := text[length : len(text)-len(rest)]
	if strings.HasPrefix(rest, "'") && strings.ContainsAny(gap, "\r\n") {
		return length + len(gap) + escapes(rest)
	}
	return length
}

func quoted(text string, backslashes bool) int {
	quote := text[0]
	for at := 1; at < len(text); at++ {
		if backslashes && text[at] == '\\' {
			at++ // whatever follows stands for itself
			continue
		}
		if text[at] != quote {
			continue
		}
		if at+1 < len(text) && text[at+1] == quote {
			at++ // doubled: the quote itself
			continue
		}
		return at + 1
	}
	return len(text)
}

// dollarQuoted is the length of $tag$ … $tag$; 0: it is none.
func dollarQuoted(text string) int {
	end := strings.IndexByte(text[1:], '$')
	if end < 0 || wordLength(text[1:]) != end {
		return 0
	}
	tag := text[:end+2]
	return len(tag) + until(text[len(tag):], tag)
}

func until(text, end string) int {
	if at := strings.Index(text, end); at >= 0 {
		return at + len(end)
	}
	return len(text)
}

// parameter is the name of a parameter at a place; a double colon is a cast.
func parameter(text string, at int) string {
	if text[at] != ':' || (at > 0 && text[at-1] == ':') || at+1 >= len(text) || !letter(text[at+1]) {
		return ""
	}
	return text[at+1 : at+1+wordLength(text[at+1:])]
}

// reading finds the parameters of a text that is walked through from its beginning.
type reading struct {
	dialect Dialect
	// brackets are how many brackets of arrays are open.
	brackets int
}

// parameter is the name of a parameter at a place; empty: there is none.
func (r *reading) parameter(text string, at int) string {
	switch {
	case r.dialect.of() != PostgreSQL:
	case text[at] == '[':
		r.brackets++
	case text[at] == ']':
		r.brackets--
	case r.brackets > 0 && slice(text, at):
		return ""
	}
	return parameter(text, at)
}

// slice reports whether the colon at a place within an array's brackets stands between the
// two ends of a slice, a[1:n]: a parameter never follows a value.
func slice(text string, at int) bool {
	if at == 0 {
		return false
	}
	before := text[at-1]
	return wordLength(text[at-1:at]) > 0 || before >= 0x80 || strings.IndexByte("$)]\"'", before) >= 0
}

func letter(char byte) bool {
	return char == '_' || char >= 'a' && char <= 'z' || char >= 'A' && char <= 'Z'
}

// stripComments puts a blank for each comment.
func stripComments(text string, dialect Dialect) string {
	var plain strings.Builder
	for at := 0; at < len(text); {
		length := step(text[at:], dialect)
		if comment(text[at:], dialect) > 0 {
			plain.WriteByte(' ')
		} else {
			plain.WriteString(text[at : at+length])
		}
		at += length
	}
	return plain.String()
}
