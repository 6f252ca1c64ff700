package sqltext

import (
	"slices"
	"strings"
)

// Updates is the name of the table that an UPDATE names first, schema and all, as it is
// written; nil: the statement is no UPDATE, or one of several tables.
func (s Statement) Updates() []string {
	tokens := s.Tokens()
	if len(tokens) == 0 || !tokens[0].Is("UPDATE") {
		return nil
	}
	at := 1
	for at < len(tokens) && slices.ContainsFunc([]string{"ONLY", "LOW_PRIORITY", "IGNORE"}, tokens[at].Is) {
		at++
	}
	if at+1 < len(tokens) && tokens[at].Is("OR") { // SQLite's OR ABORT and the like
		at += 2
	}
	var name []string
	for ; at < len(tokens); at += 2 {
		name = append(name, tokens[at].Text)
		if at+1 >= len(tokens) || tokens[at+1].Text != "." {
			break
		}
	}
	for _, token := range tokens[min(at+1, len(tokens)):] {
		switch {
		case token.Is("SET"):
			return name
		case slices.ContainsFunc([]string{",", "(", "JOIN", "STRAIGHT_JOIN"}, token.Is):
			return nil
		}
	}
	return nil
}

// Alias is what the statement calls the table that its UPDATE names, as it is written;
// empty: it has no other name than its own.
func (s Statement) Alias() string {
	tokens := slices.DeleteFunc(s.Tokens(), func(token Token) bool { return token.Depth > 0 })
	update := slices.IndexFunc(tokens, func(token Token) bool { return token.Is("UPDATE") })
	set := slices.IndexFunc(tokens[max(0, update):], func(token Token) bool { return token.Is("SET") })
	if update < 0 || set < 3 {
		return ""
	}
	last, before := tokens[update+set-1], tokens[update+set-2]
	if before.Text == "." || last.Text == "*" || before.Is("ONLY") || before.Is("OR") || before.Is("BY") || last.Is("INDEXED") || last.Text == ")" {
		return ""
	}
	if slices.ContainsFunc([]string{"ABORT", "FAIL", "IGNORE", "REPLACE", "ROLLBACK"}, before.Is) && set == 4 {
		return "" // SQLite's UPDATE OR ABORT customers
	}
	return last.Text
}

// Names reports whether a table's name stands anywhere in the statement.
func (s Statement) Names(table string) bool {
	return slices.ContainsFunc(s.Tokens(), func(token Token) bool { return strings.EqualFold(Unquoted(token.Text), table) })
}

// Unquoted is a name without its quotes.
func Unquoted(name string) string {
	if len(name) < 2 {
		return name
	}
	switch quote, last := name[0], name[len(name)-1]; {
	case quote == '[' && last == ']':
		return name[1 : len(name)-1]
	case (quote == '"' || quote == '`') && last == quote:
		return strings.ReplaceAll(name[1:len(name)-1], string([]byte{quote, quote}), string(quote))
	}
	return name
}
