// Package script holds the command line to its scripts: one file in testdata for
// each behaviour, with what the user sees and the exit code.
package script
