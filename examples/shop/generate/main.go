// Command generate writes the database of a rental shop, in the manner of the
// known sample databases Sakila (MySQL) and Pagila (PostgreSQL): countries,
// cities, addresses, stores, customers, films, inventory, rentals and payments
// with their foreign keys. Cassandra gets the tables that its queries want.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}
