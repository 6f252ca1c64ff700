// Package commandline is what the commands of db-migrate have in common: help in
// the original's form, all errors of the options at once, and the version.
package commandline
