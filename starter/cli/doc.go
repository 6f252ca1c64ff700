// Package cli is the starter's command line: it starts the overseer or attaches
// to it, draws its status, and pauses, resumes or cancels it.
//
// Standard output carries the board, plain lines or JSON; errors go to standard
// error, begin with «starter:», and say what to do.
package cli
