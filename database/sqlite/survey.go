package sqlite

import (
	"context"
	"strings"

	"db-migrate/database"
	"db-migrate/database/books"
	"db-migrate/database/driverkit"
)

// Survey runs statements about many rows.
func (s store) Survey(_ context.Context, do func(books.Session) error) error {
	if err := s.unmoved(); err != nil {
		return err
	}
	return do(readSession{s.table})
}

// NeededIn asks the check for the keys of a window: as a range, where the check's WHERE
// begins with the key, and else as a query of them.
func (s store) NeededIn(window database.Window) (books.Condition, error) {
	if s.check == nil || !s.check.set {
		return books.Condition{}, nil
	}
	where, arguments, err := s.between(window.After, window.UpTo, s.plan.Conditions()...)
	if err != nil {
		return books.Condition{}, err
	}
	found, isRange := s.check.FindKeySet(s.isKey)
	if !isRange || s.plan.Where != "" || s.plan.Undoes != "" {
		keys := "SELECT " + strings.Join(s.keyNames(), ", ") + " FROM " + quote(s.name) + where
		return books.Condition{Text: s.check.Fill(func(string) string { return keys }), Arguments: arguments}, nil
	}
	between := "(1"
	for _, side := range []driverkit.Side{{Operator: ">", Key: window.After}, {Operator: "<=", Key: window.UpTo}} {
		if side.Key != nil {
			between += " AND " + found.Key + " " + side.Operator + " " + s.keyMarks()
		}
	}
	return books.Condition{Text: found.Before + between + ")" + found.After, Arguments: arguments}, nil
}

// isKey reports whether words name the key: its only column, with the table's name
// before it or without.
func (t *table) isKey(words []string) bool {
	last := strings.Trim(words[len(words)-1], "\"`[]")
	return len(t.keys) == 1 && (len(words) == 1 || len(words) == 3 && words[1] == ".") && strings.EqualFold(last, t.keys[0].name)
}

// RowsIn is the table with the condition of a window.
func (s store) RowsIn(window database.Window) (books.Condition, error) {
	where, arguments, err := s.between(window.After, window.UpTo, s.plan.Conditions()...)
	return books.Condition{Text: quote(s.name) + where, Arguments: arguments}, err
}
