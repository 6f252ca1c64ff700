package mysql

import (
	"context"
	"encoding/hex"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"db-migrate/database"
	"db-migrate/database/driverkit"
)

// column is a column of the customers' table.
type column struct {
	name string
	// kind is the type as SQL writes it, base its plain name.
	kind, base         string
	charset, collation string
	notNull, generated bool
	// binary columns hold bytes, integer ones whole numbers.
	binary, integer bool
}

// columnsOf are the columns of a table.
func (t *table) columnsOf(ctx context.Context, schema, name string) ([]column, error) {
	var columns []column
	err := query(ctx, t.readers, `SELECT column_name, column_type, data_type, character_set_name, collation_name, is_nullable, extra
		FROM information_schema.columns WHERE table_schema = ? AND table_name = ? ORDER BY ordinal_position`, []any{schema, name}, func(texts driverkit.Texts) error {
		values := texts.Values(nil)
		extra := values.Text(6)
		found := column{name: values.Text(0), kind: values.Text(1), base: strings.ToLower(values.Text(2)), charset: values.Text(3), collation: values.Text(4), notNull: values.Text(5) == "NO",
			generated: strings.Contains(extra, "GENERATED") && !strings.Contains(extra, "DEFAULT_GENERATED")}
		found.binary = slices.Contains([]string{"binary", "varbinary", "tinyblob", "blob", "mediumblob", "longblob"}, found.base)
		found.integer = slices.Contains([]string{"tinyint", "smallint", "mediumint", "int", "bigint"}, found.base)
		columns = append(columns, found)
		return nil
	})
	return columns, err
}

func namesOf(columns []column) []string {
	list := make([]string, len(columns))
	for i, column := range columns {
		list[i] = column.name
	}
	return list
}

// wholeNumbers are also years, which a text is compared with in ways of its own.
func (c column) wholeNumbers() bool { return c.integer || c.base == "year" }

func (c column) text() bool { return c.charset != "" && c.base != "enum" && c.base != "set" }

// selected is the column as it is read: FLOAT prints too few of its digits by
// itself, and BIT prints bytes.
func (c column) selected() string { return c.selectedFrom("") }

// selectedFrom is the same, of a table that is named with its dot.
func (c column) selectedFrom(table string) string {
	switch c.base {
	case "float", "double":
		return "(" + table + quote(c.name) + " + 0E0)"
	case "bit":
		return "CAST(" + table + quote(c.name) + " AS UNSIGNED)"
	}
	return table + quote(c.name)
}

// keyText is a key column's value as a key has it: bytes as \x and hexadecimal
// digits, since a key must be UTF-8.
func (c column) keyText(value any) (string, error) {
	text, isText := value.(*string)
	if !isText {
		return "", driverkit.Broken("column %s: the server has sent a value of type %T", c.name, value)
	}
	if c.binary {
		return `\x` + hex.EncodeToString([]byte(*text)), nil
	}
	return *text, nil
}

// argument is a key's text as an argument of a statement. A number must not
// travel as text, or the server would compare it as a float.
func (c column) argument(text string) (any, error) {
	switch {
	case c.binary:
		raw, err := hex.DecodeString(strings.TrimPrefix(text, `\x`))
		if err != nil || !strings.HasPrefix(text, `\x`) {
			return nil, driverkit.Broken("key %s: column %s holds bytes; write them as \\x and hexadecimal digits", text, c.name)
		}
		return raw, nil
	case c.wholeNumbers() && strings.Contains(c.kind, "unsigned"):
		number, err := strconv.ParseUint(text, 10, 64)
		if err != nil {
			return nil, driverkit.Broken("key %s: column %s holds whole numbers from 0", text, c.name)
		}
		return number, nil
	case c.wholeNumbers():
		number, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			return nil, driverkit.Broken("key %s: column %s holds whole numbers", text, c.name)
		}
		return number, nil
	}
	return text, nil
}

// value is a column's value in Go; a type without one of its own is text.
func (c column) value(printed *string) any {
	if printed == nil {
		return nil
	}
	text := *printed
	switch {
	case c.binary:
		return []byte(text)
	case c.integer || c.base == "bit" || c.base == "year":
		if number, err := strconv.ParseInt(text, 10, 64); err == nil {
			return number
		}
	case c.base == "float" || c.base == "double":
		if number, err := strconv.ParseFloat(text, 64); err == nil {
			return number
		}
	case c.base == "datetime" || c.base == "timestamp":
		if moment, err := time.Parse("2006-01-02 15:04:05.999999", text); err == nil {
			return moment
		}
	case c.base == "date":
		if moment, err := time.Parse(time.DateOnly, text); err == nil {
			return moment
		}
	}
	return text
}

// print is a value as an argument of a statement.
func (c column) print(value any) any {
	switch value := value.(type) {
	case time.Time:
		return value.UTC().Format("2006-01-02 15:04:05.999999")
	case string:
		if c.binary {
			return []byte(value)
		}
	case []byte:
		if !c.binary {
			return string(value)
		}
		if value == nil {
			return []byte{}
		}
	case float64:
		if math.IsNaN(value) || math.IsInf(value, 0) {
			return strconv.FormatFloat(value, 'g', -1, 64) // as a number it would stand in the SQL as a name
		}
	case int64, bool, nil, uint64, int, int32, uint32:
	case fmt.Stringer:
		return value.String()
	}
	return value
}

// refuseFraction refuses what a column of whole numbers would get rounded: the server
// does so without a word.
func (c column) refuseFraction(value any) error {
	if !c.wholeNumbers() {
		return nil
	}
	var number float64
	var err error
	switch value := value.(type) {
	case float64:
		number = value
	case string:
		number, err = strconv.ParseFloat(value, 64)
	case []byte:
		number, err = strconv.ParseFloat(string(value), 64)
	}
	if err == nil && number != math.Trunc(number) {
		return database.OwnError(fmt.Errorf("column %s holds whole numbers, and %v would be rounded; set a whole number", c.name, number))
	}
	return nil
}

// printed is a value as the server printed it; nil is NULL.
func (c column) printed(text *string) any {
	switch {
	case text == nil:
		return nil
	case c.text():
		return *text
	}
	return []byte(*text)
}
