package activities

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"

	"db-migrate/database"
	"db-migrate/idfile"
)

// lineCheck judges the lines of a file of ids by the key's type, before anything
// starts; nil: no line can be told to be wrong. This is the one place that knows how
// the type is found out.
func lineCheck(ctx context.Context, table database.Table) (idfile.Check, error) {
	whole, err := wholeNumbers(ctx, table)
	if err != nil || len(whole) == 0 {
		return nil, err
	}
	names := table.KeyColumns()
	return func(line int, columns []string) error {
		for i, text := range columns {
			if reason := notWhole(line, names[i], text); whole[i] && reason != "" {
				return &idfile.LineError{Reason: reason}
			}
		}
		return nil
	}, nil
}

// wholeNumbers are the columns of the key that hold whole numbers, by place; empty:
// none does. Only drivers know the types, so it is found out by what they take for a
// key: a few keys, not each line, since some ask the database about each.
func wholeNumbers(ctx context.Context, table database.Table) (map[int]bool, error) {
	columns := len(table.KeyColumns())
	taken := func(at int, text string) (bool, error) {
		key := make([]string, columns)
		for i := range key {
			key[i] = "1"
		}
		key[at] = text
		_, err := table.ParseKey(ctx, key)
		var none *database.KeyError
		if err != nil && !errors.As(err, &none) {
			return false, err
		}
		return err == nil, nil
	}
	whole := map[int]bool{}
	for at := range columns {
		number, first := taken(at, "1")
		word, second := taken(at, "x")
		fraction, third := taken(at, "1.5")
		if err := errors.Join(first, second, third); err != nil {
			return nil, err
		}
		if number && !word && !fraction {
			whole[at] = true
		}
	}
	return whole, nil
}

// passing reports whether an error says nothing about what was asked for: it may
// be gone the next time.
func passing(err error) bool {
	class := database.ClassOf(err)
	return class == database.Disconnected || class == database.Contention
}

var (
	wholeNumber = regexp.MustCompile(`^[+-]?[0-9]+$`)
	digit       = regexp.MustCompile(`[0-9]`)
)

// notWhole says why a text is no whole number, and what to write; empty: it is one.
func notWhole(line int, column, text string) string {
	if wholeNumber.MatchString(text) {
		return ""
	}
	switch bare := strings.TrimSpace(text); {
	case wholeNumber.MatchString(bare):
		return fmt.Sprintf("has blanks beside its number, %q; write %s", text, bare)
	case wholeNumber.MatchString(strings.Trim(bare, `"'`+"`")):
		return fmt.Sprintf("has its number in quotes, %s; write %s", bare, strings.Trim(bare, `"'`+"`"))
	case line == 1 && !digit.MatchString(text):
		return fmt.Sprintf("is %q, which seems to be a header; column %s of the key holds whole numbers: delete the line", shownText(text), column)
	}
	return fmt.Sprintf("has %q, which is no whole number, as column %s of the key holds them; write its digits alone, for example 12345", shownText(text), column)
}
