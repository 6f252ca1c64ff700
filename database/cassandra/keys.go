package cassandra

import (
	"bytes"
	"context"
	"encoding/binary"
	"slices"
	"strconv"

	"db-migrate/database"
	"db-migrate/database/driverkit"
)

// KeyColumns are the columns of the primary key.
func (t *table) KeyColumns() []string {
	list := make([]string, len(t.keys))
	for i, key := range t.keys {
		list[i] = key.name
	}
	return list
}

// ParseKey is the key that a person has written, as reads return it. Cassandra is
// not asked: what cannot be read here is no key.
func (t *table) ParseKey(_ context.Context, columns []string) (database.Key, error) {
	values, err := t.keyValues(columns)
	if err != nil {
		return nil, &database.KeyError{Reason: err.Error()}
	}
	key, err := t.keyOf(values)
	if err != nil {
		return nil, &database.KeyError{Reason: err.Error()}
	}
	return key, nil
}

// keyValues are a customer's key as it travels.
func (t *table) keyValues(key database.Key) ([]raw, error) {
	if len(key) != len(t.keys) {
		return nil, driverkit.Broken("key %s has %d values; the key of table %s has %d columns, with a tab between them: $'EU\\t8'", key, len(key), t.name, len(t.keys))
	}
	values := make([]raw, len(key))
	for i, column := range t.keys {
		var err error
		if values[i], err = column.keyValue(key[i]); err != nil {
			return nil, err
		}
	}
	return values, nil
}

// keyOf is the key at the beginning of a row's values.
func (t *table) keyOf(values []raw) (database.Key, error) {
	key := make(database.Key, len(t.keys))
	for i, column := range t.keys {
		var err error
		if key[i], err = column.keyText(values[i]); err != nil {
			return nil, driverkit.Broken("key column %s: %w", column.name, err)
		}
	}
	return key, nil
}

// bound is a token as a key of the scan. It has another length than a customer's
// key, so that both can be told apart.
func (t *table) bound(token int64) database.Key {
	text := strconv.FormatInt(token, 10)
	if len(t.keys) == 1 {
		return database.Key{"token", text}
	}
	return database.Key{text}
}

// token is the token of a key of the scan; false: it is a customer's key.
func (t *table) token(key database.Key) (int64, bool, error) {
	if len(key) == len(t.keys) {
		return 0, false, nil
	}
	token, err := strconv.ParseInt(key[len(key)-1], 10, 64)
	if err != nil {
		return 0, false, driverkit.Broken("key %s is neither a token nor a key of table %s", key, t.name)
	}
	return token, true, nil
}

// partitionOrder is a partition's place among those of the same token: Cassandra
// sorts them by the bytes of their key (DecoratedKey.compareTo).
func (t *table) partitionOrder(values []raw) []byte {
	if t.partition == 1 {
		return values[0]
	}
	var all []byte
	for _, value := range values[:t.partition] {
		all = binary.BigEndian.AppendUint16(all, uint16(len(value)))
		all = append(append(all, value...), 0)
	}
	return all
}

func (t *table) samePartition(a, b []raw) bool {
	return slices.EqualFunc(a[:t.partition], b[:t.partition], func(x, y raw) bool { return bytes.Equal(x, y) })
}

func arguments(values []raw) []any {
	list := make([]any, len(values))
	for i, value := range values {
		list[i] = value
	}
	return list
}
