package settle

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"db-migrate/activities/throttle"
	"db-migrate/database"
	"db-migrate/migration"
)

// slowTable is a table on which sets with certain customers take too long; all
// do, while it is stalled.
type slowTable struct {
	database.Table
	slow     map[string]bool
	stalled  bool
	timeouts int
	written  []string
}

func (*slowTable) Traits() database.Traits { return database.Traits{} }

func (s *slowTable) Write(_ context.Context, _ database.Mark, writes []database.Write) (database.Written, error) {
	written := database.Written{Rows: make([]bool, len(writes))}
	for i, write := range writes {
		if s.stalled || s.slow[write.Row.Key.Text()] {
			s.timeouts++
			return database.Written{}, database.StatementTimeout(errors.New("canceling statement"))
		}
		written.Rows[i] = true
	}
	for _, write := range writes {
		s.written = append(s.written, write.Row.Key.Text())
	}
	return written, nil
}

func (s *slowTable) work() *settling {
	change := func(context.Context, database.Row) (database.Change, error) {
		var made database.Change
		made.Set("name", "Anna")
		return made, nil
	}
	settler := &Settler{Migration: migration.Migration{Writes: []string{"name"}, Change: change}, Sizer: throttle.NewSizer(time.Second)}
	return settler.begin(s, Job{Attempt: 1})
}

// on makes another table the one that is worked on.
func (c *settling) on(table database.Table) { c.table, c.books.table = table, table }

func numbered(rows int) []database.Row {
	list := make([]database.Row, rows)
	for i := range list {
		list[i].Key = database.Key{fmt.Sprint(i)}
	}
	return list
}

// TestACustomerWhoTakesTooLongIsFound by a few timeouts, and all others are
// written.
func TestACustomerWhoTakesTooLongIsFound(t *testing.T) {
	for _, culprits := range [][]string{{"0"}, {"999"}, {"517"}, {"3", "640", "641"}, {"100", "101", "102", "103", "104", "105", "106", "107", "108", "109"},
		{"1", "99", "150", "250", "350", "450", "550", "650", "750", "850", "950"}} {
		table := &slowTable{slow: map[string]bool{}}
		for _, culprit := range culprits {
			table.slow[culprit] = true
		}
		work := table.work()
		require.NoError(t, work.migrate(t.Context(), numbered(1000), nil))
		require.Len(t, work.out.Troubled, len(culprits))
		for i, culprit := range culprits {
			require.Equal(t, culprit, work.out.Troubled[i].Key.Text())
			require.Contains(t, work.out.Troubled[i].Error, "statement-timeout")
		}
		require.Len(t, table.written, 1000-len(culprits))
		require.Equal(t, 1000-len(culprits), work.out.Counts.Migrated)
		require.LessOrEqual(t, table.timeouts, 4*len(culprits))
	}
}

// TestAStalledDatabaseBlamesNobody: the chunk is given back after some timeouts.
func TestAStalledDatabaseBlamesNobody(t *testing.T) {
	for _, rows := range []int{2, 30, 1000} {
		table := &slowTable{stalled: true}
		work := table.work()
		err := work.migrate(t.Context(), numbered(rows), nil)
		require.Equal(t, database.Contention, database.ClassOf(err), "%d rows: %v", rows, err)
		require.Empty(t, work.out.Troubled)
		require.LessOrEqual(t, table.timeouts, patience)
	}
}

// TestACustomerOnHisOwnWhoTakesTooLongIsToBlame: he was found to be before.
func TestACustomerOnHisOwnWhoTakesTooLongIsToBlame(t *testing.T) {
	work := (&slowTable{stalled: true}).work()
	require.NoError(t, work.migrate(t.Context(), numbered(1), nil))
	require.Len(t, work.out.Troubled, 1)
}

// singlyTable writes each customer in a transaction of his own, too.
type singlyTable struct{ *slowTable }

func (s singlyTable) Traits() database.Traits { return database.Traits{Singly: s} }

func (s singlyTable) WriteEach(ctx context.Context, mark database.Mark, writes []database.Write) ([]database.Outcome, error) {
	outcomes := make([]database.Outcome, len(writes))
	for i := range writes {
		_, outcomes[i].Err = s.Write(ctx, mark, writes[i:i+1])
		outcomes[i].Written = outcomes[i].Err == nil
	}
	return outcomes, nil
}

// TestACustomerWhoTakesTooLongIsFoundAmongSingleTransactions: the others, written
// beside him, show that it is not the database.
func TestACustomerWhoTakesTooLongIsFoundAmongSingleTransactions(t *testing.T) {
	table := &slowTable{slow: map[string]bool{"17": true}}
	work := table.work()
	work.job.Transaction = 1
	work.on(singlyTable{table})
	require.NoError(t, work.migrate(t.Context(), numbered(100), nil))
	require.Len(t, work.out.Troubled, 1)
	require.Equal(t, 99, work.out.Counts.Migrated)
	stalled := &slowTable{stalled: true}
	work = stalled.work()
	work.job.Transaction = 1
	work.on(singlyTable{stalled})
	require.Error(t, work.migrate(t.Context(), numbered(30), nil))
	require.Empty(t, work.out.Troubled)
}
