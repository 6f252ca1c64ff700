package idfile

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"
)

// LineLimit is how long a line may be, in bytes: a key of four columns of 1 KiB.
const LineLimit = 4096

// problemLimit is how many problems of one file are listed.
const problemLimit = 10

var byteOrderMark = []byte("\xef\xbb\xbf")

// Check judges a line's id, by column: a *LineError says why no row can have it, any
// other error that this could not be found out.
type Check func(line int, columns []string) error

// LineError is why a line is no id.
type LineError struct{ Reason string }

func (e *LineError) Error() string { return e.Reason }

// checker looks at every line that is written to it.
type checker struct {
	name    string
	columns int
	line    int
	ids     int64
	rest    []byte
	// ask may know more about an id; nil: nobody does.
	ask Check
	// problems are the first ones, and wrong is how many lines have one.
	problems []error
	wrong    int
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
		if err := c.check(); err != nil {
			return 0, err
		}
		part = part[end+1:]
	}
}

// keep keeps a line's beginning, not more of it than tells that it is too long.
func (c *checker) keep(part []byte) {
	room := LineLimit + 2 + len(byteOrderMark) - len(c.rest)
	c.rest = append(c.rest, part[:max(0, min(room, len(part)))]...)
}

func (c *checker) finish() error {
	if len(c.rest) > 0 {
		return c.check()
	}
	return nil
}

func (c *checker) check() error {
	c.line++
	id := trim(c.rest, c.line == 1)
	defer func() { c.rest = c.rest[:0] }()
	if len(id) == 0 {
		return nil
	}
	c.ids++
	err := c.judge(id)
	var wrong *LineError
	if errors.As(err, &wrong) {
		c.note(wrong)
		return nil
	}
	return err
}

func (c *checker) judge(id []byte) error {
	switch columns := bytes.Count(id, []byte{'\t'}) + 1; {
	case len(id) > LineLimit:
		return wrong("is longer than %d bytes", LineLimit)
	case !utf8.Valid(id):
		return wrong("is not UTF-8")
	case bytes.IndexByte(id, 0) >= 0:
		return wrong("has a zero byte in it")
	case c.columns > 1 && columns != c.columns:
		return wrong("has %d columns; the key has %d, with a tab between them", columns, c.columns)
	case c.ask != nil:
		return c.ask(c.line, Columns(string(id), c.columns))
	}
	return nil
}

func wrong(format string, arguments ...any) error {
	return &LineError{fmt.Sprintf(format, arguments...)}
}

func (c *checker) note(wrong *LineError) {
	c.wrong++
	if len(c.problems) < problemLimit {
		c.problems = append(c.problems, fmt.Errorf("file %s, line %d %w", c.name, c.line, wrong))
	}
}

// problem is all that is wrong with the lines; nil: nothing is.
func (c *checker) problem() error {
	more := c.wrong - len(c.problems)
	if more == 0 {
		return errors.Join(c.problems...)
	}
	return errors.Join(append(c.problems, fmt.Errorf("file %s: %d more lines are wrong, of %d ids in all", c.name, more, c.ids))...)
}

// Columns is a line by column; with several, a tab stands between them.
func Columns(text string, columns int) []string {
	if columns <= 1 {
		return []string{text}
	}
	return strings.Split(text, "\t")
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
