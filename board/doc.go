// Package board is a status board for a terminal: a line for each job, updated
// in place, bright when it has just changed. It knows nothing of what the jobs
// are, and can be used by any program.
//
// What the board looks like is a pure function from its state and the time to
// lines (Render). One goroutine owns the terminal, and writes each frame with
// one write. Other output goes above the board (Println, Writer): what a program
// writes to the terminal beside it is drawn over. Where the output is no
// terminal, a plain line is printed when a job's text changes.
package board
