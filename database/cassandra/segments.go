package cassandra

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	gocql "github.com/apache/cassandra-gocql-driver/v2"

	"db-migrate/database"
	"db-migrate/database/driverkit"
)

// segment is a part of a table in the order of its tokens that one statement can
// read.
type segment struct {
	where     string
	arguments []any
}

// segments are the parts of a table after one key and up to another, in order. A
// key is a token, or that of a customer in the middle of a token's partitions.
func (t *table) segments(ctx context.Context, from string, after, upTo database.Key) ([]segment, error) {
	low, err := t.end(after)
	if err != nil {
		return nil, err
	}
	high, err := t.end(upTo)
	if err != nil {
		return nil, err
	}
	if low.values != nil && high.values != nil && t.samePartition(low.values, high.values) {
		return t.within(low.values, high.values), nil
	}
	found := []segment{}
	if low.values != nil {
		found = append(found, t.within(low.values, nil)...)
		siblings, err := t.siblings(ctx, from, low.values, func(order int) bool { return order > 0 })
		if err != nil {
			return nil, err
		}
		found = append(found, siblings...)
	}
	found = append(found, t.between(low, high))
	if high.values != nil {
		siblings, err := t.siblings(ctx, from, high.values, func(order int) bool { return order < 0 })
		if err != nil {
			return nil, err
		}
		found = append(found, siblings...)
		found = append(found, t.upToRow(high.values))
	}
	return found, nil
}

// around is a stretch with all customers of its ends' tokens, where these are
// customers: one statement reads it.
func (t *table) around(after, upTo database.Key) (segment, error) {
	low, err := t.end(after)
	if err != nil {
		return segment{}, err
	}
	high, err := t.end(upTo)
	return t.tokensOf(low, high, " >= ", " <= "), err
}

// end is one end of a stretch: nothing, a token, or a customer.
type end struct {
	token  *int64
	values []raw
}

func (t *table) end(key database.Key) (end, error) {
	if key == nil {
		return end{}, nil
	}
	token, isToken, err := t.token(key)
	if err != nil || isToken {
		return end{token: &token}, err
	}
	values, err := t.keyValues(key)
	return end{values: values}, err
}

// between is the whole tokens after one end and before, or up to, another.
func (t *table) between(low, high end) segment { return t.tokensOf(low, high, " > ", " < ") }

// tokensOf is the tokens after one end and up to another. Where an end is a
// row, its own token is compared as it is said.
func (t *table) tokensOf(low, high end, lowRow, highRow string) segment {
	token := "token(" + list(t.keys[:t.partition]) + ")"
	ofRow := "token(" + marks(t.partition) + ")"
	var conditions []string
	var values []any
	add := func(condition string, more ...any) {
		conditions, values = append(conditions, token+condition), append(values, more...)
	}
	switch {
	case low.token != nil:
		add(" > ?", *low.token)
	case low.values != nil:
		add(lowRow+ofRow, arguments(low.values[:t.partition])...)
	}
	switch {
	case high.token != nil:
		add(" <= ?", *high.token)
	case high.values != nil:
		add(highRow+ofRow, arguments(high.values[:t.partition])...)
	}
	if len(conditions) == 0 {
		return segment{}
	}
	return segment{" WHERE " + strings.Join(conditions, " AND "), values}
}

// within is the rest of a partition after a row, and up to another one of the
// same (nil: to its end).
func (t *table) within(low, high []raw) []segment {
	clustering := t.keys[t.partition:]
	if len(clustering) == 0 {
		return nil
	}
	after, upTo := ">", "<="
	if clustering[0].descending {
		after, upTo = "<", ">="
	}
	names, values := "("+list(clustering)+")", "("+marks(len(clustering))+")"
	found := segment{fmt.Sprintf(" WHERE %s AND %s %s %s", equal(t.keys[:t.partition]), names, after, values), arguments(low)}
	if high != nil {
		found.where += fmt.Sprintf(" AND %s %s %s", names, upTo, values)
		found.arguments = append(found.arguments, arguments(high[t.partition:])...)
	}
	return []segment{found}
}

// upToRow is a partition's beginning up to a row, which belongs to it.
func (t *table) upToRow(row []raw) segment {
	clustering := t.keys[t.partition:]
	where := " WHERE " + equal(t.keys[:t.partition])
	if len(clustering) > 0 {
		upTo := "<="
		if clustering[0].descending {
			upTo = ">="
		}
		where += fmt.Sprintf(" AND (%s) %s (%s)", list(clustering), upTo, marks(len(clustering)))
	}
	return segment{where, arguments(row)}
}

// siblings are the other partitions of a row's token, which a hash of 64 bits
// makes rare, that lie on one side of the row's own.
func (t *table) siblings(ctx context.Context, from string, row []raw, wanted func(order int) bool) ([]segment, error) {
	partition := t.keys[:t.partition]
	text := fmt.Sprintf("SELECT DISTINCT %s FROM %s WHERE token(%s) = token(%s)", list(partition), from, list(partition), marks(t.partition))
	own := t.partitionOrder(row)
	var found []segment
	err := t.query(ctx, text, arguments(row[:t.partition]), t.partition, 0, func(values []raw) error {
		if order := bytes.Compare(t.partitionOrder(values), own); order != 0 && wanted(order) {
			found = append(found, segment{" WHERE " + equal(partition), arguments(values)})
		}
		return nil
	})
	return found, err
}

// query hands the values of each row to use; pageSize 0 is the driver's own.
func (t *table) query(ctx context.Context, text string, values []any, width, pageSize int, use func([]raw) error) error {
	query := t.session.Query(text, values...)
	if pageSize > 0 {
		query = query.PageSize(pageSize)
	}
	return t.queryAll(ctx, query, width, use)
}

// errEnough ends a query: no more rows are wanted.
var errEnough = errors.New("enough")

func (t *table) queryAll(ctx context.Context, query *gocql.Query, width int, use func([]raw) error) error {
	return scanAll(query.IterContext(ctx), width, use)
}

// scanAll hands the values of each row to use.
func scanAll(rows *gocql.Iter, width int, use func([]raw) error) error {
	cells, targets := newCells(width)
	for {
		if !rows.Scan(targets...) {
			return classify(rows.Close())
		}
		if err := use(cells.row()); err != nil {
			_ = rows.Close()
			return err
		}
	}
}

// read reads a stretch segment by segment, at most limit rows of it (0: all).
// What is selected begins with the key.
func (t *table) read(ctx context.Context, from, selected string, width int, after, upTo database.Key, limit int, use func([]raw) error) error {
	return t.readRoom(ctx, from, selected, width, after, upTo, driverkit.Room{Rows: limit}, use)
}

// readRoom is read, in pages that have room.
func (t *table) readRoom(ctx context.Context, from, selected string, width int, after, upTo database.Key, room driverkit.Room, use func([]raw) error) error {
	parts, err := t.segments(ctx, from, after, upTo)
	if err != nil {
		return err
	}
	count := 0
	for _, part := range parts {
		left := driverkit.Room{Rows: max(0, room.Rows-count), Bytes: room.Bytes}
		err := t.readSegment(ctx, "SELECT "+selected+" FROM "+from+part.where, part.arguments, width, left, func(values []raw) error {
			count++
			return use(values)
		})
		if err != nil || room.Rows > 0 && count >= room.Rows {
			return err
		}
	}
	return nil
}

// readSegment hands at most so many rows (0: all) to use.
func (t *table) readSegment(ctx context.Context, text string, values []any, width int, room driverkit.Room, use func([]raw) error) error {
	if t.rowless {
		return t.readRows(ctx, text, values, width, room, use)
	}
	if room.Rows > 0 {
		text, values = text+" LIMIT ?", append(values[:len(values):len(values)], room.Rows)
	}
	if room.Bytes > 0 {
		return t.queryPages(ctx, text, values, width, room, use)
	}
	return t.query(ctx, text, values, width, room.Rows, use)
}

// readRows leaves out what has no row. A LIMIT would count it: more is read, page
// by page, until there are enough.
func (t *table) readRows(ctx context.Context, text string, values []any, width int, room driverkit.Room, use func([]raw) error) error {
	count := 0
	err := t.queryRows(ctx, text, values, width, room, func(values []raw) error {
		if !t.isRow(values) {
			return nil
		}
		if err := use(values); err != nil {
			return err
		}
		if count++; count == room.Rows {
			return errEnough
		}
		return nil
	})
	if errors.Is(err, errEnough) {
		return nil
	}
	return err
}

func (t *table) queryRows(ctx context.Context, text string, values []any, width int, room driverkit.Room, use func([]raw) error) error {
	if room.Bytes > 0 {
		return t.queryPages(ctx, text, values, width, room, use)
	}
	query := t.session.Query(text, values...).Prefetch(0)
	if room.Rows > 0 {
		query = query.PageSize(room.Rows)
	}
	return t.queryAll(ctx, query, width, use)
}

// isRow reports whether values that begin with the key are a row's. A partition of
// static columns only shows as one whose clustering columns are null.
func (t *table) isRow(values []raw) bool {
	return !slices.ContainsFunc(values[t.partition:len(t.keys)], func(value raw) bool { return value == nil })
}

// readAround reads a stretch for those who tell its rows by their keys. Where a
// token is one customer's, as a rule, those of the ends' tokens come along: else
// each end takes further statements.
func (t *table) readAround(ctx context.Context, from, selected string, width int, after, upTo database.Key, use func([]raw) error) error {
	if t.partition < len(t.keys) {
		return t.read(ctx, from, selected, width, after, upTo, 0, use)
	}
	part, err := t.around(after, upTo)
	if err != nil {
		return err
	}
	return t.query(ctx, "SELECT "+selected+" FROM "+from+part.where, part.arguments, width, 0, use)
}
