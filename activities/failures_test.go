package activities

import (
	"errors"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/temporal"

	"db-migrate/activities/settle"
	"db-migrate/database"
)

// TestAFailureCanTravel: what an activity fails with is a text that a history can
// hold, whatever a database, a service or a migration has said.
func TestAFailureCanTravel(t *testing.T) {
	said := errors.New("M\xfcller\x00" + strings.Repeat("x", 1<<20))
	for _, made := range []error{failure(said), inspectionFailure(&database.Error{Class: database.Broken, Err: said}), administrationFailure(&database.Error{Class: database.Broken, Err: said}),
		failure(&settle.PostponedError{Migration: "m", Err: said}), failure(&database.DefinitionError{Migration: said.Error()}), inspectionFailure(&database.PartError{Reason: said.Error()})} {
		var failed *temporal.ApplicationError
		require.ErrorAs(t, made, &failed)
		require.True(t, utf8.ValidString(failed.Message()))
		require.NotContains(t, failed.Message(), "\x00")
		require.Less(t, utf8.RuneCountInString(failed.Message()), 10_000)
	}
}

// TestFailuresByWhoseTheyAre: what Temporal repeats, and what it hands to the overseer.
func TestFailuresByWhoseTheyAre(t *testing.T) {
	for _, test := range []struct {
		err   error
		kind  string
		final bool
	}{
		{&settle.RowError{Text: "no such street"}, TypeCustomer, true},
		{&settle.PostponedError{Err: errors.New("503")}, TypeService, false},
		{&database.RunOverError{}, TypeRunOver, true},
		{&database.BooksError{}, TypeRefused, true},
		{&database.Error{Class: database.Broken, Err: errors.New("no such table")}, TypeDatabase, false},
	} {
		var seen *temporal.ApplicationError
		require.ErrorAs(t, failure(test.err), &seen)
		require.Equal(t, test.kind, seen.Type())
		require.Equal(t, test.final, seen.NonRetryable())
	}
}

// TestAnExaminationCanBeShown: names of triggers, and plans, are the database's own, and
// one with ESC in it steered the terminal.
func TestAnExaminationCanBeShown(t *testing.T) {
	const said = "trigger \x1b[2Jx\xff fires"
	seen := shown(database.Examination{Notices: []database.Notice{{Text: said}}, Problems: []string{said},
		Statements: []database.ExaminedStatement{{Name: "scan", Text: "SELECT 1\nFROM t", Plan: []string{"  " + said}}}})
	for _, text := range []string{seen.Notices[0].Text, seen.Problems[0], seen.Statements[0].Plan[0]} {
		require.Contains(t, text, "trigger \uFFFD[2Jx\uFFFD fires")
	}
	require.Equal(t, "SELECT 1\nFROM t", seen.Statements[0].Text)
}

// TestWhatPassesIsWaitedFor: a server that is gone and a lock come to their end; a column
// that is too narrow does not.
func TestWhatPassesIsWaitedFor(t *testing.T) {
	for name, test := range map[string]struct {
		err    error
		passes bool
	}{
		"a column that is too narrow": {&database.Error{Class: database.Own, Err: errors.New("integer out of range")}, false},
		"no such operator":            {&database.Error{Class: database.Broken, Err: errors.New("operator does not exist")}, false},
		"too slow a statement":        {database.StatementTimeout(errors.New("canceled")), false},
		"a lock":                      {&database.Error{Class: database.Contention, Err: errors.New("deadlock")}, true},
		"no server":                   {&database.Error{Class: database.Disconnected, Err: errors.New("connection refused")}, true},
		"another worker's":            {&WrongWorkerError{}, true},
		"a book that is refused":      {&database.BooksError{Reason: "the ledger is gone"}, true},
	} {
		require.Equal(t, test.passes, passes(test.err), name)
	}
}
