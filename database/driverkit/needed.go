package driverkit

import (
	"fmt"
	"slices"
	"strings"

	"db-migrate/database"
	"db-migrate/database/books"
	"db-migrate/database/sqltext"
)

// NeededIn asks the check for the keys of a window: as a range, where the check's WHERE
// begins with the key, and else as a query of them; row by row where it is written so.
func (c *Statements) NeededIn(window database.Window) (books.Condition, error) {
	if c.Checking == nil {
		return books.Condition{}, nil
	}
	if !c.Checking.Set {
		return c.neededByRow(window)
	}
	found, isRange := c.Checking.FindKeySet(c.IsKey)
	if !isRange || c.Plan.Where != "" || c.Plan.Undoes != "" {
		return c.neededByQuery(window)
	}
	arguments, text := c.arguments(), "(1 = 1"
	for _, side := range between(window.After, window.UpTo) {
		if side.Key == nil {
			continue
		}
		condition, err := c.Beyond(arguments, found.Key, side)
		if err != nil {
			return books.Condition{}, err
		}
		text += " AND " + condition
	}
	return books.Condition{Text: found.Before + text + ")" + found.After, Arguments: arguments.Values}, nil
}

// neededByQuery puts a query of the window's keys in the place of :ids.
func (c *Statements) neededByQuery(window database.Window) (books.Condition, error) {
	rows, err := c.RowsIn(window)
	if err != nil {
		return books.Condition{}, err
	}
	arguments := rows.Arguments
	if c.Marks { // each has its own; a number can stand more than once
		arguments = slices.Repeat(rows.Arguments, len(c.Checking.Parameters))
	}
	keys := "SELECT " + c.List() + " FROM " + rows.Text
	return books.Condition{Text: c.Checking.Fill(func(string) string { return keys }), Arguments: arguments}, nil
}

// neededByRow asks a check that is written for one row about each of the window.
func (c *Statements) neededByRow(window database.Window) (books.Condition, error) {
	rows, err := c.RowsIn(window)
	if err != nil {
		return books.Condition{}, err
	}
	var names []string
	for _, name := range c.Names() {
		names = append(names, "db_migrate_k."+name)
	}
	check := c.Checking.Fill(func(parameter string) string { return names[c.Place(parameter)] })
	text := fmt.Sprintf("SELECT %s FROM (SELECT %s FROM %s) db_migrate_k WHERE EXISTS (%s\n)", strings.Join(names, ", "), c.List(), rows.Text, check)
	return books.Condition{Text: text, Arguments: rows.Arguments, Doubtful: true}, nil
}

// IsOnlyColumn reports whether words name the only column of the key, with the table's
// name before it or without.
func (k *Keys) IsOnlyColumn(words []string) bool {
	return len(k.Columns) == 1 && (len(words) == 1 || len(words) == 3 && words[1] == ".") &&
		strings.EqualFold(sqltext.Unquoted(words[len(words)-1]), k.Columns[0].Name)
}
