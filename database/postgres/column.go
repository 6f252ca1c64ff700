package postgres

import (
	"context"
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"db-migrate/database/driverkit"
)

// column is a column of the customers' table.
type column struct {
	name string
	// kind is the type as SQL writes it. unbounded is the type below all domains,
	// without its length, and base its plain name.
	kind, unbounded, base string
	collation             string
	// comparing is COLLATE with the collation in which values compare, if it is not
	// that of unbounded.
	comparing string
	notNull   bool
	generated bool
	// visible: the type is on the search path, and so are its operators.
	visible bool
	// domain: kind is a domain over unbounded.
	domain bool
	// spelled: equal values may be spelled in different ways.
	spelled bool
}

// columnsOf are the columns of a table, by its oid.
func (t *table) columnsOf(ctx context.Context, oid string) ([]column, error) {
	var columns []column
	err := query(ctx, t.readers, `SELECT a.attname, format_type(a.atttypid, a.atttypmod), format_type(b.oid, -1), b.typname, a.attnotnull, a.attgenerated <> '', pg_type_is_visible(b.oid),
		CASE WHEN a.attcollation <> y.typcollation THEN quote_ident(cn.nspname) || '.' || quote_ident(co.collname) END,
		CASE WHEN a.attcollation <> b.typcollation THEN ' COLLATE ' || quote_ident(cn.nspname) || '.' || quote_ident(co.collname) END,
		y.typtype = 'd', coalesce(co.collisdeterministic, true)
		FROM pg_attribute a JOIN pg_type y ON y.oid = a.atttypid CROSS JOIN LATERAL (`+belowDomains+`) b
		LEFT JOIN pg_collation co ON co.oid = a.attcollation LEFT JOIN pg_namespace cn ON cn.oid = co.collnamespace
		WHERE a.attrelid = $1::text::oid AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum`, []any{oid}, func(texts driverkit.Texts) error {
		values := texts.Values(nil)
		found := column{name: values.Text(0), kind: values.Text(1), unbounded: values.Text(2), base: values.Text(3), notNull: values.True(4), generated: values.True(5),
			visible: values.True(6), collation: values.Text(7), comparing: values.Text(8), domain: values.True(9)}
		found.spelled = !slices.Contains(spelledOnce, found.base) || !values.True(10)
		columns = append(columns, found)
		return nil
	})
	return columns, err
}

// belowDomains is the type of a column below all domains.
const belowDomains = `WITH RECURSIVE d AS (SELECT y.oid, y.typtype, y.typbasetype, y.typname, y.typcollation
	UNION ALL SELECT n.oid, n.typtype, n.typbasetype, n.typname, n.typcollation FROM d JOIN pg_type n ON d.typtype = 'd' AND n.oid = d.typbasetype)
	SELECT oid, typname, typcollation FROM d WHERE typtype <> 'd'`

// spelledOnce are types of which no two values are equal that are printed in
// different ways, unless a collation says otherwise.
var spelledOnce = []string{"int2", "int4", "int8", "oid", "bool", "uuid", "text", "varchar", "name", "bytea", "date", "timestamp", "timestamptz"}

func namesOf(columns []column) []string {
	list := make([]string, len(columns))
	for i, column := range columns {
		list[i] = column.name
	}
	return list
}

func names(columns []column, prefix string) []string {
	list := make([]string, len(columns))
	for i, column := range columns {
		list[i] = prefix + quote(column.name)
	}
	return list
}

// cast makes a value of the column's type of a text, without its length: a cast to a
// type of limited length cuts or rounds without a word. So a key that is too long is
// nobody's, and a value to be assigned is refused, where the assignment refuses it.
func (c column) cast(text string) string { return fmt.Sprintf("%s::%s", text, c.unbounded) }

// compared is the column of a table, as it compares with a value by image: of the
// same type.
func (c column) compared(table string) string {
	if c.domain {
		return c.cast(table + quote(c.name))
	}
	return table + quote(c.name)
}

// integer reports whether the column holds whole numbers.
func (c column) integer() bool { return slices.Contains([]string{"int2", "int4", "int8"}, c.base) }

func compared(columns []column, table string) []string {
	list := make([]string, len(columns))
	for i, column := range columns {
		list[i] = column.compared(table)
	}
	return list
}

// hexPrefix marks key texts that are no UTF-8, in hexadecimal digits: in a database
// whose encoding is SQL_ASCII a text is any bytes, and a key must survive JSON. Texts
// that begin so by themselves are written in this way, too.
const hexPrefix = `\x`

// keyText is a key column's value, as PostgreSQL prints it, as a key has it.
func (c column) keyText(value any) (string, error) {
	printed, isText := value.(*string)
	if !isText {
		return "", driverkit.Broken("column %s: the server has sent a value of type %T", c.name, value)
	}
	return c.keyed(*printed), nil
}

// keyed is a printed value as a key has it.
func (c column) keyed(printed string) string {
	if c.base == "bytea" || utf8.ValidString(printed) && !strings.HasPrefix(printed, hexPrefix) {
		return printed
	}
	return hexPrefix + hex.EncodeToString([]byte(printed))
}

// argument is the value that a key's text stands for, as PostgreSQL reads it. A text
// that begins as hexadecimal digits would, and is none, stands for itself.
func (c column) argument(text string) string {
	digits, marked := strings.CutPrefix(text, hexPrefix)
	if !marked || c.base == "bytea" {
		return text
	}
	raw, err := hex.DecodeString(digits)
	if err != nil {
		return text
	}
	return string(raw)
}

// value is a column's value in Go; a type without one of its own is text.
func (c column) value(text *string) any {
	if text == nil {
		return nil
	}
	switch c.base {
	case "int2", "int4", "int8":
		if number, err := strconv.ParseInt(*text, 10, 64); err == nil {
			return number
		}
	case "float4", "float8":
		if number, err := strconv.ParseFloat(*text, 64); err == nil {
			return number
		}
	case "bool":
		return *text == "t"
	case "bytea":
		if raw, err := hex.DecodeString(strings.TrimPrefix(*text, `\x`)); err == nil {
			return raw
		}
	case "timestamp", "timestamptz", "date":
		if moment, ok := parseTime(*text); ok {
			return moment
		}
	}
	return *text
}

// parseTime reads PostgreSQL's ISO style; infinity and years before Christ stay
// text.
func parseTime(text string) (time.Time, bool) {
	for _, layout := range []string{"2006-01-02 15:04:05.999999-07", "2006-01-02 15:04:05.999999", time.DateOnly} {
		if moment, err := time.Parse(layout, text); err == nil {
			return moment, true
		}
	}
	return time.Time{}, false
}

// print is a value, not nil, as PostgreSQL reads it.
func (c column) print(value any) string {
	switch value := value.(type) {
	case string:
		return value
	case []byte:
		if c.base == "bytea" {
			return `\x` + hex.EncodeToString(value)
		}
		return string(value)
	case bool:
		return strconv.FormatBool(value)
	case float64:
		return strconv.FormatFloat(value, 'g', -1, 64)
	case time.Time:
		return value.UTC().Format("2006-01-02 15:04:05.999999-07")
	case fmt.Stringer:
		return value.String()
	}
	return fmt.Sprint(value)
}
