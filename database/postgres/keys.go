package postgres

import (
	"fmt"
	"strconv"
	"strings"

	"db-migrate/database"
	"db-migrate/database/driverkit"
)

// KeyColumns are the key's columns.
func (t *table) KeyColumns() []string {
	list := make([]string, len(t.keys))
	for i, key := range t.keys {
		list[i] = key.name
	}
	return list
}

func (t *table) keyWidth(key database.Key) error {
	return driverkit.Broken("key %s has %d values; the key of table %s has %d columns", key, len(key), t.name, len(t.keys))
}

// parameters collects the arguments of a statement.
type parameters struct {
	values []any
	// unbound leaves the numbers of the placeholders to whoever makes the statement.
	unbound bool
}

// placeholder stands for the argument that came last.
func (p *parameters) placeholder() string {
	if p.unbound {
		return "?"
	}
	return "$" + strconv.Itoa(len(p.values))
}

// text adds a text and returns its placeholder.
func (p *parameters) text(value any) string {
	p.values = append(p.values, value)
	return p.placeholder() + "::text"
}

// texts adds a list of texts.
func (p *parameters) texts(values []*string) string {
	p.values = append(p.values, textList{texts: values})
	return p.placeholder() + "::text[]"
}

// all are the arguments. The first list makes room for all of them, which are put
// behind each other: each would make its own, and copy those before it. So does
// the connection's buffer (options).
func (p *parameters) all() []any {
	leading, room := -1, 0
	for i, value := range p.values {
		list, ok := value.(textList)
		if ok && leading < 0 {
			leading = i
		}
		room += list.size() + shortArgument
	}
	if leading >= 0 {
		p.values[leading] = textList{p.values[leading].(textList).texts, room}
	}
	return p.values
}

// shortArgument is more than a number takes as an argument.
const shortArgument = 24

// key adds a key and returns it as SQL.
func (t *table) key(p *parameters, key database.Key) (string, error) {
	if len(key) != len(t.keys) {
		return "", t.keyWidth(key)
	}
	parts := make([]string, len(key))
	for i, value := range key {
		parts[i] = t.keys[i].cast(p.text(t.keys[i].argument(value)))
	}
	return tuple(parts), nil
}

// keySet adds keys and returns a query of them as SQL, in its own brackets' place.
func (t *table) keySet(p *parameters, keys []database.Key) (string, error) {
	lists, aliases, columns := make([]string, len(t.keys)), aliases(len(t.keys)), make([]string, len(t.keys))
	for i, column := range t.keys {
		values := make([]*string, len(keys))
		for k, key := range keys {
			if len(key) != len(t.keys) {
				return "", t.keyWidth(key)
			}
			text := column.argument(key[i])
			values[k] = &text
		}
		lists[i] = p.texts(values)
		columns[i] = column.cast(aliases[i])
	}
	return fmt.Sprintf("SELECT %s FROM unnest(%s) AS wanted(%s)", strings.Join(columns, ", "), strings.Join(lists, ", "), strings.Join(aliases, ", ")), nil
}

// aliases are names for so many columns of a key, whatever the table calls them.
func aliases(columns int) []string {
	list := make([]string, columns)
	for i := range list {
		list[i] = fmt.Sprintf("k%d", i)
	}
	return list
}

// keyOf is the key at the beginning of a row's values.
func (t *table) keyOf(values []*string) (database.Key, error) {
	key := make(database.Key, len(t.keys))
	for i := range key {
		if values[i] == nil {
			return nil, driverkit.Broken("key column %s of table %s is NULL", t.keys[i].name, t.name)
		}
		key[i] = t.keys[i].keyText(*values[i])
	}
	return key, nil
}
