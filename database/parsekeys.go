package database

import (
	"context"
	"errors"
)

// KeyError says why no row can have a key that a person has written: a word where
// keys are numbers, say. It is the only error of a key that proves this; any other
// (the database is gone) proves nothing, and passes.
type KeyError struct{ Reason string }

func (e *KeyError) Error() string { return e.Reason }

// KeysParser is a table that must ask its database about keys, and asks for many of
// them at once.
type KeysParser interface {
	// ParseKeys is Table.ParseKey for each of them. A nil key is one that no row can
	// have; an error is about none of them.
	ParseKeys(ctx context.Context, written [][]string) ([]Key, error)
}

// ParseKeys makes keys of what a person has written, a text for each column. A nil
// key is one that no row can have; an error is about none of them, and passes.
func ParseKeys(ctx context.Context, table Table, written [][]string) ([]Key, error) {
	if parser := table.Traits().KeysParser; parser != nil {
		return parser.ParseKeys(ctx, written)
	}
	keys := make([]Key, len(written))
	for i, columns := range written {
		key, err := table.ParseKey(ctx, columns)
		var none *KeyError
		if err != nil && !errors.As(err, &none) {
			return nil, err
		}
		if err == nil {
			keys[i] = key
		}
	}
	return keys, nil
}
