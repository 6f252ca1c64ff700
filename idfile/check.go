package idfile

import (
	"bytes"
	"fmt"
	"unicode/utf8"
)

// LineLimit is how long a line may be, in bytes: a key of four columns of 1 KiB.
const LineLimit = 4096

// problemLimit is how many problems of one file are listed.
const problemLimit = 10

var byteOrderMark = []byte("\xef\xbb\xbf")

// checker looks at every line that is written to it.
type checker struct {
	name     string
	columns  int
	line     int
	ids      int64
	rest     []byte
	problems []error
}

func (c *checker) Write(part []byte) (int, error) {
	written := len(part)
	for {
		end := bytes.IndexByte(part, '\n')
		if end < 0 {
			c.keep(part)
			return written, nil
		}
		c.keep(part[:end])
		c.check()
		part = part[end+1:]
	}
}

// keep keeps a line's beginning, not more of it than tells that it is too long.
func (c *checker) keep(part []byte) {
	room := LineLimit + 2 + len(byteOrderMark) - len(c.rest)
	c.rest = append(c.rest, part[:max(0, min(room, len(part)))]...)
}

func (c *checker) finish() {
	if len(c.rest) > 0 {
		c.check()
	}
}

func (c *checker) check() {
	c.line++
	id := trim(c.rest, c.line == 1)
	if len(id) > 0 {
		c.ids++
		c.judge(id)
	}
	c.rest = c.rest[:0]
}

func (c *checker) judge(id []byte) {
	switch columns := bytes.Count(id, []byte{'\t'}) + 1; {
	case len(id) > LineLimit:
		c.problem("is longer than %d bytes", LineLimit)
	case !utf8.Valid(id):
		c.problem("is not UTF-8")
	case bytes.IndexByte(id, 0) >= 0:
		c.problem("has a zero byte in it")
	case c.columns > 1 && columns != c.columns:
		c.problem("has %d columns; the key has %d, with a tab between them", columns, c.columns)
	}
}

func (c *checker) problem(format string, arguments ...any) {
	if len(c.problems) < problemLimit {
		c.problems = append(c.problems, fmt.Errorf("file %s, line %d %s", c.name, c.line, fmt.Sprintf(format, arguments...)))
	}
}

// trim is the id of a line; empty: the line is blank.
func trim(line []byte, first bool) []byte {
	if first {
		line = bytes.TrimPrefix(line, byteOrderMark)
	}
	line = bytes.TrimSuffix(line, []byte{'\r'})
	if len(bytes.TrimSpace(line)) == 0 {
		return nil
	}
	return line
}
