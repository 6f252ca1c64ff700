// Package migration says what to do with one customer. It opens nothing: the
// row comes from a database driver, and the change goes back to it.
//
// A migration is written in Go, as a function from a row to a change, or in
// SQL, as statements in a YAML file.
package migration
