package driverkit

import (
	"slices"
	"strings"

	"db-migrate/database"
	"db-migrate/database/books"
)

// Texts are the values of a row's columns as the database has printed them; nil is
// NULL.
type Texts []*string

// Null reports whether a value is NULL.
func (t Texts) Null(column int) bool { return t[column] == nil }

// Text is a value; NULL is the empty text.
func (t Texts) Text(column int) string {
	if t[column] == nil {
		return ""
	}
	return *t[column]
}

// TextsOf copies values as they came from a server.
func TextsOf(raw [][]byte) Texts {
	var copier TextsCopier
	return copier.Copy(raw)
}

// TextsCopier copies the values of many rows with few allocations.
type TextsCopier struct {
	joined strings.Builder
	parts  Slab[string]
	texts  Slab[*string]
}

// joinedLength is how many bytes of texts are made at once at most, unless a row has
// more.
const joinedLength = 16 << 10

// Copy copies a row's values.
func (c *TextsCopier) Copy(raw [][]byte) Texts {
	all := c.join(raw)
	texts, at := Texts(c.texts.Take(len(raw))), 0
	for i, value := range raw {
		if value != nil {
			part := c.parts.Take(1)
			part[0] = all[at : at+len(value)]
			texts[i], at = &part[0], at+len(value)
		}
	}
	return texts
}

// join is the values as one text.
func (c *TextsCopier) join(raw [][]byte) string {
	size := 0
	for _, value := range raw {
		size += len(value)
	}
	if room := c.joined.Cap(); room-c.joined.Len() < size {
		c.joined.Reset()
		c.joined.Grow(max(size, min(2*room, joinedLength)))
	}
	from := c.joined.Len()
	for _, value := range raw {
		c.joined.Write(value)
	}
	return c.joined.String()[from:]
}

// Equal reports whether both are the same, byte for byte.
func (t Texts) Equal(other Texts) bool {
	return slices.EqualFunc(t, other, func(a, b *string) bool { return a == b || a != nil && b != nil && *a == *b })
}

// NullInAll tells of each column whether it was NULL in all rows when they were
// read, as columns that are still to be filled are. Rows whose Seen are not so many
// texts are for the driver to refuse.
func NullInAll(writes []database.Write, columns int) []bool {
	null := slices.Repeat([]bool{true}, columns)
	for _, write := range writes {
		seen, _ := write.Row.Seen.(Texts)
		for i := range null {
			null[i] = null[i] && i < len(seen) && seen[i] == nil
		}
	}
	return null
}

// Values are the texts as the books read them, put into a slice that is used again.
func (t Texts) Values(into books.Values) books.Values {
	into = into[:0]
	for _, text := range t {
		into = append(into, text)
	}
	return into
}

// TextRows makes rows of the texts that a look-up returns: those of the key, then those
// of these columns.
type TextRows struct {
	Keys  *Keys
	Names []string
	Value func(column int, text *string) any
	rows  []database.Row
	slab  Slab[any]
	room  Room
}

// Expect makes room for so many rows.
func (r *TextRows) Expect(room Room) {
	r.room, r.rows = room, make([]database.Row, 0, min(room.Rows, rowsExpected))
}

// rowsExpected bounds the room that is made for rows before they are seen.
const rowsExpected = 1024

// Add adds a row. database.ErrCut: it is the last that there is room for.
func (r *TextRows) Add(texts Texts) error {
	key, err := r.Keys.KeyOfTexts(texts)
	if err != nil {
		return err
	}
	seen := texts[len(key):]
	row := database.Row{Key: key, Columns: r.Names, Seen: seen, Values: r.slab.Take(len(r.Names))}
	for i := range r.Names {
		row.Values[i] = r.Value(i, seen[i])
	}
	r.rows = append(r.rows, row)
	return r.room.Take(row)
}

// All are the rows.
func (r *TextRows) All() []database.Row { return r.rows }
