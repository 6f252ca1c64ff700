package loops

import (
	"context"
	"strings"
	"sync/atomic"

	gocql "github.com/apache/cassandra-gocql-driver/v2"
	"golang.org/x/sync/errgroup"
)

// Cassandra are the loops on Cassandra.
type Cassandra struct {
	Session *gocql.Session
	// InFlight is how many customers are worked on at once.
	InFlight      int
	Ledger        string
	LedgerColumns []string
}

const updateOne = "UPDATE customers SET first_name = ?, last_name = ?, phone_e164 = ?, email_normalized = ? WHERE id = ?"

// PerCustomer is the loop that people write: for each customer a check that reads
// the row, an update, and a ledger row. The keys come from a scan of the table.
func (c *Cassandra) PerCustomer(ctx context.Context) (int64, error) {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(c.InFlight)
	var migrated atomic.Int64
	keys := c.Session.Query("SELECT id FROM customers").PageSize(setSize).IterContext(ctx)
	var id int64
	for keys.Scan(&id) {
		row := customer{id: id}
		group.Go(func() error {
			if err := c.Session.Query("SELECT "+selected+" FROM customers WHERE id = ?", row.id).ScanContext(ctx, row.targets()...); err != nil {
				return err
			}
			return c.write(ctx, &row, &migrated)
		})
	}
	if err := group.Wait(); err != nil {
		return migrated.Load(), err
	}
	return migrated.Load(), keys.Close()
}

// ByRange reads the columns instead of the keys, by token ranges, and saves the
// read for each customer.
func (c *Cassandra) ByRange(ctx context.Context) (int64, error) {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(c.InFlight)
	var migrated atomic.Int64
	rows := c.Session.Query("SELECT " + selected + " FROM customers").PageSize(setSize).Prefetch(0.5).IterContext(ctx)
	for {
		row := new(customer)
		if !rows.Scan(row.targets()...) {
			break
		}
		group.Go(func() error { return c.write(ctx, row, &migrated) })
	}
	if err := group.Wait(); err != nil {
		return migrated.Load(), err
	}
	return migrated.Load(), rows.Close()
}

func (c *Cassandra) write(ctx context.Context, row *customer, migrated *atomic.Int64) error {
	if row.filled() {
		return nil
	}
	made, err := row.change()
	if err != nil {
		return err
	}
	if err := c.Session.Query(updateOne, made.new[0], made.new[1], made.new[2], made.new[3], row.id).ExecContext(ctx); err != nil {
		return err
	}
	enter := "INSERT INTO " + c.Ledger + " (id, " + strings.Join(c.LedgerColumns, ", ") + ") VALUES (?, " + ones(c.LedgerColumns) + ")"
	if err := c.Session.Query(enter, row.id).ExecContext(ctx); err != nil {
		return err
	}
	migrated.Add(1)
	return nil
}
