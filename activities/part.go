package activities

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"db-migrate/database"
	"db-migrate/idfile"
)

// Part is the stretch of the table that a run covers, in the user's words. Both
// ends belong to it; empty: the table's own end. Several columns of a key stand
// side by side, with a tab between them, as in a file of ids.
type Part struct {
	From string `json:"from,omitempty"`
	To   string `json:"to,omitempty"`
}

// Whole reports whether it is the whole table.
func (p Part) Whole() bool { return p == Part{} }

// shownKey bounds a key that is shown: Temporal takes 400 bytes for a summary.
const shownKey = 40

// String is the part as people read it; the whole table has no words.
func (p Part) String() string {
	var words []string
	if p.From != "" {
		words = append(words, "from "+shownText(p.From))
	}
	if p.To != "" {
		words = append(words, "to "+shownText(p.To))
	}
	return strings.Join(words, " ")
}

func shownText(key string) string {
	key = strings.ReplaceAll(key, "\t", ", ")
	if runes := []rune(key); len(runes) > shownKey {
		return string(runes[:shownKey]) + "…"
	}
	return key
}

// parse makes keys of the user's words.
func (p Part) parse(ctx context.Context, table database.Table) (database.Part, error) {
	from, err := parseEnd(ctx, table, "--from", p.From)
	if err != nil {
		return database.Part{}, err
	}
	to, err := parseEnd(ctx, table, "--to", p.To)
	return database.Part{From: from, To: to}, err
}

func parseEnd(ctx context.Context, table database.Table, option, text string) (database.Key, error) {
	if text == "" {
		return nil, nil
	}
	columns := table.KeyColumns()
	parts := idfile.Columns(text, len(columns))
	if len(parts) != len(columns) {
		return nil, &database.PartError{Reason: fmt.Sprintf("%s %q: the key has %d columns (%s); write a value for each, with a tab between them, as in a file of ids",
			option, shownText(text), len(columns), strings.Join(columns, ", "))}
	}
	key, err := table.ParseKey(ctx, parts)
	var none *database.KeyError
	if !errors.As(err, &none) {
		return key, err
	}
	return nil, &database.PartError{Reason: fmt.Sprintf("%s %q is no key of table %s (%s): %v", option, shownText(text), table.Target().Table, strings.Join(columns, ", "), err)}
}

// bound is where the scan of a part ends, and begins.
func (p Part) bound(ctx context.Context, table database.Table) (database.Bound, error) {
	if p.Whole() {
		return table.Bound(ctx, nil)
	}
	part, err := p.parse(ctx, table)
	if err != nil {
		return database.Bound{}, err
	}
	bound, err := table.BoundPart(ctx, part)
	var refused *database.PartError
	if errors.As(err, &refused) {
		return bound, &database.PartError{Reason: p.options() + ": " + refused.Reason}
	}
	return bound, err
}

// options are the part as the command line has it.
func (p Part) options() string {
	switch {
	case p.To == "":
		return "--from"
	case p.From == "":
		return "--to"
	}
	return "--from and --to"
}
