package postgres

import (
	"context"
	"errors"
	"strconv"
	"strings"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgconn"

	"db-migrate/database"
	"db-migrate/database/driverkit"
)

// ParseKey is the key that a person has written, as PostgreSQL would print it.
func (t *table) ParseKey(ctx context.Context, columns []string) (database.Key, error) {
	if err := t.CheckWidth(columns); err != nil {
		return nil, &database.KeyError{Reason: err.Error()}
	}
	key := make(database.Key, len(columns))
	for i, column := range t.keys {
		texts := []*string{&columns[i]}
		found, err := t.printed(ctx, column, texts)
		if err != nil {
			return nil, classify(err)
		}
		if found[0] == nil {
			return nil, column.none(columns[i])
		}
		key[i] = *found[0]
	}
	return key, nil
}

// ParseKeys parses many keys, with a query for each column whose type only
// PostgreSQL can read.
func (t *table) ParseKeys(ctx context.Context, written [][]string) ([]database.Key, error) {
	keys := make([]database.Key, len(written))
	for i := range written {
		if len(written[i]) == len(t.keys) {
			keys[i] = make(database.Key, len(t.keys))
		}
	}
	for i, column := range t.keys {
		texts := make([]*string, len(written))
		for k, key := range keys {
			if key != nil {
				texts[k] = &written[k][i]
			}
		}
		found, err := t.printed(ctx, column, texts)
		if err != nil {
			return nil, classify(err)
		}
		for k, text := range found {
			if text == nil {
				keys[k] = nil
			} else if keys[k] != nil {
				keys[k][i] = *text
			}
		}
	}
	return keys, nil
}

// none is the error for a text that no value of the column has.
func (c column) none(text string) error {
	what := "values of type " + c.kind
	switch {
	case c.integer():
		what = "whole numbers of type " + c.kind
	case c.base == "uuid":
		what = "UUIDs"
	}
	return &database.KeyError{Reason: "key " + text + ": column " + c.name + " holds " + what}
}

// printed are values of the column as PostgreSQL prints them; nil stays nil, and is
// what no row can have.
func (t *table) printed(ctx context.Context, column column, texts []*string) ([]*string, error) {
	found := make([]*string, len(texts))
	var asked []*string
	var places []int
	for i, text := range texts {
		if text == nil {
			continue
		}
		known, here := column.canonical(*text)
		if here {
			found[i] = known
			continue
		}
		value := column.argument(*text)
		asked, places = append(asked, &value), append(places, i)
	}
	if len(asked) == 0 {
		return found, nil
	}
	answers, err := t.askPrinted(ctx, column, asked)
	for i, answer := range answers {
		found[places[i]] = answer
	}
	return found, err
}

// canonical reads a value without PostgreSQL, if its type is one that can be read
// here; nil: no row can have it.
func (c column) canonical(text string) (*string, bool) {
	switch {
	case c.base == "text" || c.base == "varchar" || c.base == "citext":
		text = c.keyed(c.argument(text))
		return &text, true
	case c.integer():
		number, err := strconv.ParseInt(text, 10, 8*integerBytes[c.base])
		if err != nil {
			return nil, true
		}
		text = strconv.FormatInt(number, 10)
		return &text, true
	case c.base == "uuid" && len(text) == len(uuid.Nil.String()):
		id, err := uuid.Parse(text)
		text = id.String()
		return &text, err == nil
	}
	return nil, false
}

// integerBytes is the length of whole numbers by type.
var integerBytes = map[string]int{"int2": 2, "int4": 4, "int8": 8}

// askPrinted lets PostgreSQL read and print values, all of them at once. One that it
// refuses fails all, and is found by halves.
func (t *table) askPrinted(ctx context.Context, column column, asked []*string) ([]*string, error) {
	var found []*string
	var arguments driverkit.Arguments
	text := "SELECT " + column.cast("w.value") + " FROM unnest(" + texts(&arguments, asked) + ") WITH ORDINALITY AS w(value, place) ORDER BY w.place"
	err := query(ctx, t.reading(), text, arguments.Values, func(values driverkit.Texts) error {
		printed := column.keyed(*values[0])
		found = append(found, &printed)
		return nil
	})
	switch {
	case err == nil:
		return found, nil
	case !refusesValue(err):
		return nil, err
	case len(asked) == 1:
		return []*string{nil}, nil
	}
	half := len(asked) / 2
	first, err := t.askPrinted(ctx, column, asked[:half])
	if err != nil {
		return nil, err
	}
	second, err := t.askPrinted(ctx, column, asked[half:])
	return append(first, second...), err
}

// refusesValue reports whether PostgreSQL says of a value that it is none of the
// type: its data errors, and the constraints of domains.
func refusesValue(err error) bool {
	var failed *pgconn.PgError
	return errors.As(err, &failed) && (strings.HasPrefix(failed.Code, "22") || strings.HasPrefix(failed.Code, "23"))
}
