package cassandra

import (
	"context"

	gocql "github.com/apache/cassandra-gocql-driver/v2"
)

const (
	// batchRows and batchBytes bound what one request writes: beyond ten partitions,
	// and beyond 5 KiB, a node warns in its log.
	batchRows, batchBytes = 10, 4 << 10
	// valueBytes are what a node counts for each value beside its own bytes.
	valueBytes = 24
	// batchesInFlight is how many requests a call sends at once at least, where it
	// may have as many customers in flight.
	batchesInFlight = 4
)

// mutation writes one row, by one statement and those beside it.
type mutation struct {
	text   string
	values []any
	bytes  int
	beside []mutation
}

// join lets another statement about the same row go with this one: rows of one partition
// that share a request are written together or not at all.
func (m *mutation) join(other mutation) {
	m.beside, m.bytes = append(m.beside, other), m.bytes+other.bytes
}

func newMutation(text string, values int) mutation {
	return mutation{text: text, values: make([]any, 0, values)}
}

func (m *mutation) add(value any, bytes int) {
	m.values, m.bytes = append(m.values, value), m.bytes+bytes+valueBytes
}

func (m *mutation) addAll(values []raw) {
	for _, value := range values {
		m.add(value, len(value))
	}
}

// write writes a row for each of those customers who are to be written, several
// requests in flight. Customers who were read next to each other share a request:
// their tokens are neighbours, and so the nodes that keep them are the same. The
// rows of an unlogged batch are written one by one, and an error leaves any of
// them written.
func (t *table) write(ctx context.Context, list []*work, row func(*work) mutation) error {
	batches := t.batches(list, row)
	return t.eachOf(ctx, max(1, t.inFlight()/t.batchRows()), len(batches), func(ctx context.Context, i int) error {
		return t.send(ctx, batches[i])
	})
}

func (t *table) send(ctx context.Context, rows []mutation) error {
	if len(rows) == 1 && rows[0].beside == nil {
		return t.session.Query(rows[0].text, rows[0].values...).ExecContext(ctx)
	}
	batch := t.session.Batch(gocql.UnloggedBatch)
	batch.Entries = make([]gocql.BatchEntry, 0, len(rows))
	for _, row := range rows {
		for _, one := range append([]mutation{row}, row.beside...) {
			batch.Entries = append(batch.Entries, gocql.BatchEntry{Stmt: one.text, Args: one.values, Idempotent: true})
		}
	}
	return batch.ExecContext(ctx)
}

// batchRows is how many customers share a request.
func (t *table) batchRows() int { return min(max(1, t.inFlight()/batchesInFlight), batchRows) }

func (t *table) batches(list []*work, row func(*work) mutation) [][]mutation {
	var batches [][]mutation
	var last *stretch
	most, bytes := t.batchRows(), 0
	for _, one := range list {
		if !one.written {
			continue
		}
		next := row(one)
		end := len(batches) - 1
		if bytes += next.bytes; end < 0 || last == nil || last != one.seen.stretch || len(batches[end]) >= most || bytes > batchBytes {
			batches, bytes, end = append(batches, make([]mutation, 0, most)), next.bytes, end+1
		}
		batches[end], last = append(batches[end], next), one.seen.stretch
	}
	return batches
}
