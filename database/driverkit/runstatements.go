package driverkit

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"db-migrate/database"
	"db-migrate/database/books"
)

// Ledgers enter the keys of rows that were migrated, and take them out of the ledger of
// the counterpart. Known reports whether one of the rows has a ledger row already.
type Ledgers struct {
	Enter, Leave func(keys []database.Key) error
	Known        func(keys []database.Key) (bool, error)
}

// Run runs the statements for these rows. first runs the first of them, and returns the
// keys of the rows that it has updated; they are entered, and the others run for them
// alone.
func (c *Statements) Run(ctx context.Context, in books.Session, writes []database.Write, first func(keys []database.Key) ([]database.Key, error), ledgers Ledgers) ([]bool, error) {
	keys, written := KeysOf(writes), make([]bool, len(writes))
	migrated, err := c.wholly(ctx, in, keys, first)
	if err != nil {
		return nil, err
	}
	places, err := database.PlacesOf(keys, migrated, c.SameIn(ctx, in))
	if err != nil {
		return nil, err
	}
	for i, place := range places {
		if place < 0 {
			return nil, c.unasked(ctx, in, keys, migrated[i])
		}
		written[place], migrated[i] = true, keys[place]
	}
	if err := errors.Join(c.refused(ctx, in, keys, written, ledgers), c.Moved(ctx, in, migrated)); err != nil {
		return nil, err
	}
	if len(migrated) == 0 {
		return written, nil
	}
	if err := ledgers.Enter(migrated); err != nil {
		return nil, err
	}
	for _, further := range c.Migrate[1:] {
		if _, err := c.Execute(ctx, in, further, migrated); err != nil {
			return nil, err
		}
	}
	return written, ledgers.Leave(migrated)
}

// wholly runs the first statement. One that writes in a WITH, too, has done so for rows
// that it then left as they were, and would do so again at each attempt: it is undone, and
// run for the others alone.
func (c *Statements) wholly(ctx context.Context, in books.Session, keys []database.Key, first func(keys []database.Key) ([]database.Key, error)) ([]database.Key, error) {
	if !c.Migrate[0].WritesInWith() {
		return first(keys)
	}
	for len(keys) > 0 {
		if _, err := in.Execute(ctx, "SAVEPOINT db_migrate_first", nil); err != nil {
			return nil, err
		}
		migrated, err := first(keys)
		if err != nil {
			return nil, err
		}
		places, err := database.PlacesOf(keys, migrated, c.SameIn(ctx, in))
		slices.Sort(places)
		places = slices.Compact(places)
		if err != nil || len(places) == len(keys) || slices.Contains(places, -1) {
			return migrated, err
		}
		if _, err := in.Execute(ctx, "ROLLBACK TO SAVEPOINT db_migrate_first", nil); err != nil {
			return nil, err
		}
		for i, place := range places {
			migrated[i] = keys[place]
		}
		keys = migrated[:len(places)]
	}
	return nil, nil
}

// unasked says why the first statement has updated a row that it was not asked for: that
// is one of those that it was, under another key, or the statement goes beyond them.
func (c *Statements) unasked(ctx context.Context, in books.Session, keys []database.Key, updated database.Key) error {
	there, err := c.existing(ctx, in, keys, "")
	switch place := c.Migrate[0].Place; {
	case err != nil:
		return err
	case len(there) < len(keys) && len(c.Migrate[0].Deletes()) == 0:
		return KeyChanged(place)
	default:
		return Astray("%s: it updated row %s, which its parameters do not name; its WHERE must keep to the rows that they name", place, updated)
	}
}

// Moved looks whether the rows that were updated still have their keys, where something
// may have changed them.
func (c *Statements) Moved(ctx context.Context, in books.Session, keys []database.Key) error {
	place := "migration " + c.Plan.Migration
	if len(c.Migrate) > 0 {
		place = c.Migrate[0].Place
	}
	if !c.KeysMayMove || len(keys) == 0 || len(c.Migrate) > 0 && c.Migrate[0].FirstWord() != "UPDATE" {
		return nil
	}
	if there, err := c.existing(ctx, in, keys, ""); err != nil || len(there) == len(keys) {
		return err
	}
	return KeyChanged(place)
}

// KeyChanged is the error of a row that has another key behind a statement.
func KeyChanged(place string) error {
	return database.OwnError(fmt.Errorf("%s: the row has another key after the statement: something changes the key, a trigger for example; a row must keep its key, since the ledger knows it by it", place))
}

// refused tells of rows that are there, and that a statement which asks for their key
// alone has left as they were. Whether rows that a check, or the statement's own
// conditions, leave out were migrated before, is found out elsewhere.
func (c *Statements) refused(ctx context.Context, in books.Session, keys []database.Key, written []bool, ledgers Ledgers) error {
	first, place := c.Migrate[0], 0
	left := slices.DeleteFunc(slices.Clone(keys), func(database.Key) bool { place++; return written[place-1] })
	if len(left) == 0 || !first.KeyAlone || c.Checking != nil {
		return nil
	}
	there, err := c.existing(ctx, in, left, c.Plan.Filter())
	if err != nil || len(there) == 0 {
		return err
	}
	switch known, err := ledgers.Known(there); {
	case err != nil:
		return err
	case known:
		return database.ErrLedgerConflict
	}
	return database.OwnError(fmt.Errorf("%s: it names the row by its key alone, and changed nothing: a trigger or a rule may refuse it", first.Place))
}

// existing are those of the keys that rows have, of which a condition is true, with its
// AND.
func (c *Statements) existing(ctx context.Context, in books.Session, keys []database.Key, filter string) ([]database.Key, error) {
	var found []database.Key
	for _, some := range c.Portions(keys) {
		arguments := c.arguments()
		condition, err := c.OneOf(arguments, some)
		if err != nil {
			return nil, err
		}
		there, err := c.KeysIn(ctx, in, "SELECT "+c.SelectedList()+" FROM "+c.From+" WHERE "+condition+filter, arguments.Values)
		if err != nil {
			return nil, err
		}
		found = append(found, there...)
	}
	return found, nil
}
