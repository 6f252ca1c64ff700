// Package idfile reads files of customer ids, one a line, by byte ranges, so that
// a file of any size is streamed by many workers and never loaded whole.
//
// A line is an id as it stands, up to LineLimit bytes of UTF-8. The carriage
// return of a CRLF and a byte order mark at the beginning are no part of it, blank
// lines are skipped, and the last line needs no newline. The columns of a key
// with several of them stand side by side, with a tab between.
package idfile
