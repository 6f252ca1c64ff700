// Package noun says what a table's rows are called to people: customers, payments or
// rows. It is decided once, from the table's name and connection/row-name, and said in
// the same words by the board, the summary, the status and Temporal's Web UI.
package noun

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/dustin/go-humanize"
)

// Noun is what one row is called, and what several are.
type Noun struct{ One, Many string }

// usual is the table whose rows are customers: connection/table's default, and what a
// table is taken for of which nothing is known.
const usual = "customers"

// general is said of rows that have no name of their own.
const general = "row"

// Of is the noun for a table's rows: the name that connection/row-name gives them, else
// customer for a table customers, in whatever schema, and row for any other.
func Of(table, name string) Noun {
	if name != "" {
		return parse(name)
	}
	bare := strings.ToLower(strings.Trim(table[strings.LastIndexByte(table, '.')+1:], "\"`"))
	if bare == usual || bare == "" {
		return parse("customer")
	}
	return parse(general)
}

// Check returns what is wrong with connection/row-name; nil: nothing is.
func Check(name string) error {
	if name == "" || valid.MatchString(name) && len(name) <= longest {
		return nil
	}
	return fmt.Errorf("must be what one row is called, such as payment, or both words where the plural is not regular: person,people; letters, digits, single blanks and hyphens, %d bytes at most", longest)
}

const (
	word = `[\p{L}\p{N}]+(?:[ -][\p{L}\p{N}]+)*`
	// longest keeps lines on the board and summaries in Temporal short.
	longest = 40
)

var valid = regexp.MustCompile(`^` + word + `(?:,` + word + `)?$`)

// parse takes what Check has let through: one word, or both with a comma between them.
func parse(name string) Noun {
	one, many, both := strings.Cut(name, ",")
	if !both {
		many = plural(one)
	}
	return Noun{one, many}
}

// plural is the regular plural.
func plural(one string) string {
	for _, ending := range []string{"s", "x", "z", "ch", "sh"} {
		if strings.HasSuffix(one, ending) {
			return one + "es"
		}
	}
	if stem, found := strings.CutSuffix(one, "y"); found && stem != "" && !strings.ContainsAny(stem[len(stem)-1:], "aeiou") {
		return stem + "ies"
	}
	return one + "s"
}

// For is the word for so many.
func (n Noun) For(number int64) string {
	if number == 1 {
		return n.One
	}
	return n.Many
}

// Count is a number with its word: 1 payment, 1,000 payments.
func (n Noun) Count(number int64) string { return humanize.Comma(number) + " " + n.For(number) }

// Rows is what the table holds, as the original says it: customer rows. Rows without a
// name of their own are just rows.
func (n Noun) Rows() string {
	if n.One == general {
		return n.Many
	}
	return n.One + " rows"
}

// Scan is what the scanner does: a customer scan, or a scan of the table.
func (n Noun) Scan() string {
	if n.One == general {
		return "table scan"
	}
	return n.One + " scan"
}

// Title is a word as it begins a line.
func Title(word string) string {
	for i, first := range word {
		return word[:i] + strings.ToUpper(string(first)) + word[i+len(string(first)):]
	}
	return word
}
