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
	"db-migrate/database/driverkit"
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
	return "", driverkit.Broken("key column %s holds %v (%T) among values of type %s; a key column needs values of one type", c.name, value, value, c.kind)
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
			return nil, driverkit.Broken("key column %s: %q is no integer", c.name, text)
		}
		return value, nil
	}
	if !strings.HasPrefix(text, hexPrefix) {
		return text, nil
	}
	raw, err := hex.DecodeString(text[len(hexPrefix):])
	if err != nil {
		return nil, driverkit.Broken("key column %s: %q is no hexadecimal", c.name, text)
	}
	if c.kind == "blob" {
		return raw, nil
	}
	return string(raw), nil
}

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
	var arguments driverkit.Arguments
	if _, err := t.Mark(&arguments, written); err != nil {
		return nil, &database.KeyError{Reason: err.Error()}
	}
	key, err := t.Key(arguments.Values)
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

// addKey adds a key's values to the arguments of a statement.
func (t *table) addKey(b *bare, key database.Key) error {
	for i := range t.keys {
		value, err := t.Value(i, key)
		if err != nil {
			return err
		}
		if err := b.add(value); err != nil {
			return err
		}
	}
	return nil
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

// spelled reports whether equal values may be spelled in different ways, as the
// key's collation has it.
func (c keyColumn) spelled() bool {
	return c.kind == "text" && c.collation != "" && !strings.EqualFold(c.collation, "BINARY")
}

// collate is the collation as SQL; keys of another order could not be read by
// range.
func (c keyColumn) collate() string {
	if c.collation == "" {
		return ""
	}
	return " COLLATE " + quote(c.collation)
}

func quote(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }
