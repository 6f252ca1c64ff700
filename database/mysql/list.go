package mysql

import (
	"strconv"
	"strings"

	"db-migrate/database"
)

// list are the rows of a VALUES clause, as text and arguments.
type list struct {
	// row is how a row begins.
	row       string
	text      strings.Builder
	arguments []any
	// more is set once a row has a value.
	more bool
}

// newList is an empty list for so many rows of so many values.
func newList(row string, rows, values int) *list {
	found := &list{row: row, arguments: make([]any, 0, rows*values)}
	found.text.Grow(rows * (len(row) + 2*values + 16))
	return found
}

// values is an empty list to be selected from.
func (t *table) values(rows, values int) *list {
	if t.maria {
		return newList("(", rows, values)
	}
	return newList("ROW(", rows, values)
}

func (l *list) begin() {
	if l.text.Len() > 0 {
		l.text.WriteByte(',')
	}
	l.text.WriteString(l.row)
	l.more = false
}

func (l *list) end() { l.text.WriteByte(')') }

// literal adds a value in SQL to the row.
func (l *list) literal(text string) {
	if l.more {
		l.text.WriteByte(',')
	}
	l.text.WriteString(text)
	l.more = true
}

// add adds a value to the row.
func (l *list) add(value any) {
	l.literal("?")
	l.arguments = append(l.arguments, value)
}

// addKey adds a key to the row. Whole numbers stand in the text: as arguments they
// would be looked at three more times.
func (t *table) addKey(l *list, key database.Key) error {
	if len(key) != len(t.keys) {
		return t.keyWidth(key)
	}
	for i := range t.keys {
		if t.keys[i].integer && wholeNumber(key[i]) {
			l.literal(key[i])
			continue
		}
		value, err := t.keys[i].argument(key[i])
		if err != nil {
			return err
		}
		l.add(value)
	}
	return nil
}

// wholeNumber tells whether a text is such a number, and so may stand in SQL.
func wholeNumber(text string) bool {
	if _, err := strconv.ParseInt(text, 10, 64); err == nil {
		return true
	}
	_, err := strconv.ParseUint(text, 10, 64)
	return err == nil
}
