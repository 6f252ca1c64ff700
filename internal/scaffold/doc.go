// Package scaffold makes a folder for a migration of one's own: a Go module
// with its worker and starter, or a configuration folder with a migration in
// SQL. What it makes builds and passes its test at once.
package scaffold
