package sqlite

import (
	"context"
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"db-migrate/database"
)

// keyColumn is one column of the key, with the one type that its values have.
type keyColumn struct {
	name     string
	declared string
	kind     string // integer, text or blob, as SQLite's typeof says
	// collation is that of the key's index; empty for a rowid.
	collation string
}

// hexPrefix marks values that are no text, or no valid UTF-8.
const hexPrefix = `\x`

// encode is the text form of a key column's value: integers decimal, text as it
// is, blobs and what is not UTF-8 in hexadecimal.
func (c keyColumn) encode(value any) (string, error) {
	switch value := value.(type) {
	case int64:
		if c.kind == "integer" {
			return strconv.FormatInt(value, 10), nil
		}
	case string:
		if c.kind == "text" {
			return encodeText(value), nil
		}
	case []byte:
		if c.kind == "blob" {
			return hexPrefix + hex.EncodeToString(value), nil
		}
	}
	return "", broken("key column %s holds %v (%T) among values of type %s; a key column needs values of one type", c.name, value, value, c.kind)
}

func encodeText(value string) string {
	if strings.HasPrefix(value, hexPrefix) || !utf8.ValidString(value) {
		return hexPrefix + hex.EncodeToString([]byte(value))
	}
	return value
}

// decode is the value that a text form stands for.
func (c keyColumn) decode(text string) (any, error) {
	if c.kind == "integer" {
		value, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			return nil, broken("key column %s: %q is no integer", c.name, text)
		}
		return value, nil
	}
	if !strings.HasPrefix(text, hexPrefix) {
		return text, nil
	}
	raw, err := hex.DecodeString(text[len(hexPrefix):])
	if err != nil {
		return nil, broken("key column %s: %q is no hexadecimal", c.name, text)
	}
	if c.kind == "blob" {
		return raw, nil
	}
	return string(raw), nil
}

// KeyColumns are the key's columns.
func (t *table) KeyColumns() []string { return t.keyColumns() }

// ParseKey is the key that a person has written. A text that begins as hexadecimal
// digits would, and is none, stands for itself. SQLite is not asked: what cannot be
// read here is no key.
func (t *table) ParseKey(_ context.Context, columns []string) (database.Key, error) {
	written := slices.Clone(columns)
	for i, text := range columns {
		if i < len(t.keys) && t.keys[i].kind == "text" && !hexadecimal(text) {
			written[i] = encodeText(text)
		}
	}
	values, err := t.keyArguments(nil, written)
	if err != nil {
		return nil, &database.KeyError{Reason: err.Error()}
	}
	key, err := t.key(values)
	if err != nil { // a text where the keys are bytes
		return nil, &database.KeyError{Reason: err.Error()}
	}
	return key, nil
}

func hexadecimal(text string) bool {
	digits, marked := strings.CutPrefix(text, hexPrefix)
	_, err := hex.DecodeString(digits)
	return marked && err == nil
}

// key makes a key of the values of its columns.
func (t *table) key(values []any) (database.Key, error) {
	key := make(database.Key, len(t.keys))
	for i, column := range t.keys {
		text, err := column.encode(values[i])
		if err != nil {
			return nil, err
		}
		key[i] = text
	}
	return key, nil
}

// keyArguments appends a key's values to the arguments of a statement.
func (t *table) keyArguments(arguments []any, key database.Key) ([]any, error) {
	if len(key) != len(t.keys) {
		return nil, t.keyWidth(key)
	}
	for i, column := range t.keys {
		value, err := column.decode(key[i])
		if err != nil {
			return nil, err
		}
		arguments = append(arguments, value)
	}
	return arguments, nil
}

// addKey adds a key's values to the arguments of a statement.
func (t *table) addKey(b *bare, key database.Key) error {
	if len(key) != len(t.keys) {
		return t.keyWidth(key)
	}
	for i, column := range t.keys {
		value, err := column.decode(key[i])
		if err != nil {
			return err
		}
		if err := b.add(value); err != nil {
			return err
		}
	}
	return nil
}

func (t *table) keyWidth(key database.Key) error {
	return broken("key %s has %d values; the key of table %s has %d columns", key, len(key), t.name, len(t.keys))
}

// keyTuple is the key columns as SQL, in brackets if there are several.
func (t *table) keyTuple() string { return tuple(t.keyNames()) }

func (t *table) keyNames() []string {
	names := make([]string, len(t.keys))
	for i, column := range t.keys {
		names[i] = quote(column.name)
	}
	return names
}

// keySelection is the key's columns to be selected: the plus sign keeps the driver
// from making times and booleans of what is stored.
func (t *table) keySelection() []string {
	names := t.keyNames()
	for i := range names {
		names[i] = "+" + names[i]
	}
	return names
}

// asStored selects the key from what a query of the user's selects, if the driver
// would make times or booleans of it.
func (t *table) asStored(query string) string {
	if !slices.ContainsFunc(t.keys, keyColumn.converted) {
		return query
	}
	names, selected := make([]string, len(t.keys)), make([]string, len(t.keys))
	for i := range names {
		names[i], selected[i] = fmt.Sprintf("k%d", i), fmt.Sprintf("+k%d", i)
	}
	return "WITH asked(" + strings.Join(names, ", ") + ") AS (" + query + "\n) SELECT " + strings.Join(selected, ", ") + " FROM asked"
}

// converted reports whether the driver makes times or booleans of the column's values.
func (c keyColumn) converted() bool {
	return slices.Contains([]string{"DATE", "DATETIME", "TIMESTAMP", "BOOLEAN"}, strings.ToUpper(c.declared))
}

// keyMarks is a parameter for each key column, in brackets if there are several.
func (t *table) keyMarks() string { return tuple(repeat("?", len(t.keys))) }

func tuple(parts []string) string {
	if len(parts) == 1 {
		return parts[0]
	}
	return "(" + strings.Join(parts, ", ") + ")"
}

func repeat(text string, times int) []string {
	parts := make([]string, times)
	for i := range parts {
		parts[i] = text
	}
	return parts
}

func quote(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }

// in is «key IN (…)» for so many keys.
func (t *table) in(keys int) string {
	if len(t.keys) == 1 {
		return fmt.Sprintf("%s IN (%s)", t.keyTuple(), strings.Join(repeat("?", keys), ","))
	}
	return fmt.Sprintf("%s IN (VALUES %s)", t.keyTuple(), strings.Join(repeat(t.keyMarks(), keys), ","))
}

func (t *table) allArguments(keys []database.Key) ([]any, error) {
	arguments := make([]any, 0, len(keys)*len(t.keys))
	for _, key := range keys {
		var err error
		if arguments, err = t.keyArguments(arguments, key); err != nil {
			return nil, err
		}
	}
	return arguments, nil
}
