package sqltext

import "strings"

// Assigned are the columns that an UPDATE assigns, without their quotes; nil if
// it is none, or its SET cannot be read. It is for notices: the database itself
// decides what a statement does.
func (s Statement) Assigned() []string {
	reader := setReader{text: s.Fill(func(string) string { return "?" }), dialect: s.dialect}
	if !reader.skipTo("SET") {
		return nil
	}
	for reader.assignment() {
	}
	return reader.columns
}

// setReader reads the assignments of an UPDATE.
type setReader struct {
	text    string
	dialect Dialect
	columns []string
}

// skipTo goes behind a word that stands outside of brackets, strings and names.
func (r *setReader) skipTo(word string) bool {
	for r.text != "" {
		token := r.next()
		if strings.EqualFold(token, word) {
			return true
		}
	}
	return false
}

// assignment reads one column, or several in brackets, and what is assigned; it
// reports whether another assignment follows.
func (r *setReader) assignment() bool {
	var columns []string
	for r.text != "" {
		token := r.next()
		switch {
		case token == "=":
			r.columns = append(r.columns, columns...)
			return r.value()
		case token == ".":
			columns = nil // what came before names the table
		case strings.HasPrefix(token, "("):
			for _, name := range strings.Split(strings.Trim(token, "()"), ",") {
				columns = append(columns, plain(strings.TrimSpace(name)))
			}
		case strings.TrimSpace(token) != "":
			columns = append(columns, plain(token))
		}
	}
	return false
}

// value skips what is assigned, and reports whether a comma follows it.
func (r *setReader) value() bool {
	for r.text != "" {
		switch token := r.next(); strings.ToUpper(token) {
		case ",":
			return true
		case "WHERE", "FROM", "RETURNING", "ORDER", "LIMIT":
			return false
		}
	}
	return false
}

// next is the next word, quoted name or string, bracket with all that it holds,
// or character; comments and spaces are empty.
func (r *setReader) next() string {
	ignored, length := comment(r.text, r.dialect) > 0, step(r.text, r.dialect)
	if r.text[0] == '(' {
		length = r.bracket()
	}
	token := r.text[:length]
	r.text = r.text[length:]
	if ignored {
		return ""
	}
	return strings.TrimSpace(token)
}

// bracket is the length of a bracket with all that it holds.
func (r *setReader) bracket() int {
	depth := 0
	for at := 0; at < len(r.text); {
		switch r.text[at] {
		case '(':
			depth++
		case ')':
			if depth--; depth == 0 {
				return at + 1
			}
		}
		at += step(r.text[at:], r.dialect)
	}
	return len(r.text)
}

// plain is a name without its quotes.
func plain(name string) string {
	for _, quotes := range []string{`""`, "``", "[]"} {
		if len(name) >= 2 && name[0] == quotes[0] && name[len(name)-1] == quotes[1] {
			return strings.ReplaceAll(name[1:len(name)-1], quotes[1:]+quotes[1:], quotes[1:])
		}
	}
	return name
}
