package activities

import (
	"context"
	"errors"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/temporal"

	"db-migrate/database"
	"db-migrate/migration"
)

// TestAFailureCanTravel: what an activity fails with is a text that a history can
// hold, whatever a database, a service or a migration has said.
func TestAFailureCanTravel(t *testing.T) {
	said := errors.New("M\xfcller\x00" + strings.Repeat("x", 1<<20))
	for _, made := range []error{failure(said), inspectionFailure(&database.Error{Class: database.Broken, Err: said}), administrationFailure(&database.Error{Class: database.Broken, Err: said}),
		failure(&postponed{migration: "m", err: said}), failure(&database.DefinitionError{Migration: said.Error()}), inspectionFailure(&database.PartError{Reason: said.Error()})} {
		var failed *temporal.ApplicationError
		require.ErrorAs(t, made, &failed)
		require.True(t, utf8.ValidString(failed.Message()))
		require.NotContains(t, failed.Message(), "\x00")
		require.Less(t, utf8.RuneCountInString(failed.Message()), 10_000)
	}
}

// TestARowsErrorCanBeStored, and travels as it is stored.
func TestARowsErrorCanBeStored(t *testing.T) {
	for _, change := range []migration.Change{
		func(context.Context, database.Row) (database.Change, error) {
			return database.Change{}, errors.New("M\xfcller\x00")
		},
		func(context.Context, database.Row) (database.Change, error) { panic("M\xfcller\x00") },
	} {
		work := &chunk{decide: deciderOf(1, change), doing: func(string, database.Key) {}}
		_, err := work.decideAll(t.Context(), numberedRows(1))
		require.NoError(t, err)
		require.Len(t, work.troubled, 1)
		require.Contains(t, work.troubled[0].Error, "M\uFFFDller\uFFFD")
	}
}

// TestAValueOfASampleIsShownAsItIs, but for what a terminal would obey.
func TestAValueOfASampleIsShownAsItIs(t *testing.T) {
	for value, shown := range map[any]string{nil: "NULL", "Ünï": "Ünï", int64(5): "5", "\x1b[2Jgone": "\uFFFD[2Jgone", strings.Repeat("x", 70): strings.Repeat("x", 59) + "…"} {
		require.Equal(t, shown, showValue(value))
	}
}
