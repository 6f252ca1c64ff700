package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"golang.org/x/sync/errgroup"
)

// columnNames are the columns of the table, in the order of a batch's arguments.
var columnNames = []string{"id", "full_name", "phone", "email", "first_name", "last_name", "phone_e164", "email_normalized"}

// writePostgres makes the table in a database that exists, all of it or nothing.
func writePostgres(ctx context.Context, chosen options, shown *progress) error {
	connection, err := pgx.Connect(ctx, chosen.url)
	if err != nil {
		return errors.New("--url: the database cannot be reached; it must be postgres://user:password@host:port/database")
	}
	defer func() { _ = connection.Close(context.WithoutCancel(ctx)) }() // the commit counts
	return pgx.BeginFunc(ctx, connection, func(transaction pgx.Tx) error {
		if err := makeRoom(ctx, transaction, chosen); err != nil {
			return err
		}
		if err := copyCustomers(ctx, transaction, chosen, shown); err != nil {
			return err
		}
		_, err := transaction.Exec(ctx, "ALTER TABLE customers ADD PRIMARY KEY (id); ANALYZE customers")
		return err
	})
}

// makeRoom creates the table, and replaces another one if that was asked for.
func makeRoom(ctx context.Context, transaction pgx.Tx, chosen options) error {
	var there bool
	if err := transaction.QueryRow(ctx, "SELECT to_regclass('customers') IS NOT NULL").Scan(&there); err != nil {
		return err
	}
	switch {
	case there && !chosen.force:
		return tableExists()
	case there:
		if _, err := transaction.Exec(ctx, "DROP TABLE customers"); err != nil {
			return err
		}
	}
	kind := "bigint"
	if chosen.uuids {
		kind = "uuid"
	}
	_, err := transaction.Exec(ctx, fmt.Sprintf("CREATE TABLE customers (id %s NOT NULL, %s)", kind, columns))
	return err
}

func copyCustomers(ctx context.Context, transaction pgx.Tx, chosen options, shown *progress) error {
	group, ctx := errgroup.WithContext(ctx)
	batches := make(chan batch, 8)
	group.Go(func() error {
		defer close(batches)
		return produce(ctx, chosen, batches)
	})
	group.Go(func() error {
		defer shown.finish()
		source := &copySource{batches: batches, shown: shown}
		_, err := transaction.CopyFrom(ctx, pgx.Identifier{"customers"}, columnNames, pgx.CopyFromFunc(source.next))
		return errors.Join(err, ctx.Err())
	})
	return group.Wait()
}

// copySource hands batches on row by row.
type copySource struct {
	batches <-chan batch
	rest    []any
	shown   *progress
}

// next is the next row's values; nil: there are no more.
func (s *copySource) next() ([]any, error) {
	if len(s.rest) == 0 {
		made, more := <-s.batches
		if !more {
			return nil, nil
		}
		s.rest = made.arguments
		s.shown.add(made.rows)
	}
	row := s.rest[:len(columnNames)]
	s.rest = s.rest[len(columnNames):]
	return row, nil
}
