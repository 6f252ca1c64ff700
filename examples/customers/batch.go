package main

import (
	"context"
	"strings"

	"db-migrate/examples/customers/wild"
)

const (
	// batchRows is how many rows one statement inserts.
	batchRows  = 100
	columnsRow = "(?,?,?,?,?,?,?,?)"
)

// batch is the rows of one statement, as its arguments.
type batch struct {
	rows      int
	arguments []any
}

func insertStatement(rows int) string {
	return "INSERT INTO customers VALUES " + strings.TrimSuffix(strings.Repeat(columnsRow+",", rows), ",")
}

// produce makes all customers in the order of their keys.
func produce(ctx context.Context, chosen options, batches chan<- batch) error {
	for start := 0; start < chosen.population.Rows; start += batchRows {
		end := min(start+batchRows, chosen.population.Rows)
		select {
		case batches <- newBatch(chosen, start, end):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

func newBatch(chosen options, start, end int) batch {
	made := batch{rows: end - start, arguments: make([]any, 0, (end-start)*8)}
	for index := start; index < end; index++ {
		customer := chosen.population.Customer(index)
		made.arguments = append(made.arguments, id(chosen, index), customer.FullName, customer.Phone, customer.Email)
		made.arguments = appendContact(made.arguments, customer)
	}
	return made
}

func id(chosen options, index int) any {
	if chosen.uuids {
		return chosen.population.UUID(index)
	}
	return wild.NumericID(index)
}

// appendContact appends what the migration will fill: null, unless it is
// filled already.
func appendContact(arguments []any, customer wild.Customer) []any {
	if !customer.Filled {
		return append(arguments, nil, nil, nil, nil)
	}
	filled := customer.Expected
	return append(arguments, filled.FirstName, filled.LastName, filled.PhoneE164, filled.EmailNormalized)
}
