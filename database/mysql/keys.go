package mysql

import (
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

// keyArguments appends a key's values to the arguments of a statement.
func (t *table) keyArguments(arguments []any, key database.Key) ([]any, error) {
	if len(key) != len(t.keys) {
		return nil, t.keyWidth(key)
	}
	for i, column := range t.keys {
		value, err := column.argument(key[i])
		if err != nil {
			return nil, err
		}
		arguments = append(arguments, value)
	}
	return arguments, nil
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

// in is the condition «is one of so many keys». Of several columns it is written
// out: then the server finds each key by the index.
func (t *table) in(keys int) string {
	columns := names(t.keys, "")
	if len(columns) == 1 {
		return columns[0] + " IN (" + strings.TrimSuffix(strings.Repeat(t.keys[0].mark()+", ", keys), ", ") + ")"
	}
	for i, key := range t.keys {
		columns[i] += " = " + key.mark()
	}
	one := "(" + strings.Join(columns, " AND ") + ")"
	return "(" + strings.TrimSuffix(strings.Repeat(one+" OR ", keys), " OR ") + ")"
}

// keyOf is the key at the beginning of a row's values.
func (t *table) keyOf(values [][]byte) (database.Key, error) {
	key := make(database.Key, len(t.keys))
	for i, column := range t.keys {
		if values[i] == nil {
			return nil, driverkit.Broken("key column %s of table %s is NULL", column.name, t.name)
		}
		key[i] = column.keyText(values[i])
	}
	return key, nil
}

// between is the WHERE clause for keys after one key and up to another, and for
// further conditions.
func (t *table) between(after, upTo database.Key, conditions ...string) (string, []any, error) {
	return t.bounded([]driverkit.Side{{Operator: ">", Key: after}, {Operator: "<=", Key: upTo}}, conditions...)
}

// bounded is the WHERE clause for the keys of a stretch, and for further
// conditions.
func (t *table) bounded(sides []driverkit.Side, conditions ...string) (string, []any, error) {
	var arguments []any
	for _, side := range sides {
		if side.Key == nil {
			continue
		}
		values, err := t.keyArguments(nil, side.Key)
		if err != nil {
			return "", nil, err
		}
		condition, more := t.beyond(values, strings.TrimSuffix(side.Operator, "="), side.Operator)
		conditions, arguments = append(conditions, condition), append(arguments, more...)
	}
	if len(conditions) == 0 {
		return "", nil, nil
	}
	return " WHERE " + strings.Join(conditions, " AND "), arguments, nil
}

// beyond compares the key columns with values. Row constructors use no index
// there, so it is written out: a > 1 OR a = 1 AND b > 2, and a >= 1 before it,
// for the index.
func (t *table) beyond(values []any, operator, own string) (string, []any) {
	last := len(t.keys) - 1
	compared := func(at int, operator string) string {
		return quote(t.keys[at].name) + " " + operator + " " + t.keys[at].mark()
	}
	if last == 0 {
		return compared(0, own), values
	}
	text, arguments := compared(0, operator+"=")+" AND (", []any{values[0]}
	for i := range t.keys {
		if i > 0 {
			text += " OR "
		}
		for equal := range i {
			text, arguments = text+compared(equal, "=")+" AND ", append(arguments, values[equal])
		}
		comparison := operator
		if i == last {
			comparison = own
		}
		text, arguments = text+compared(i, comparison), append(arguments, values[i])
	}
	return text + ")", arguments
}
