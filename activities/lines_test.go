package activities

import (
	"context"
	"errors"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"db-migrate/database"
	"db-migrate/idfile"
)

// keyed is a table whose key has columns of these types.
type keyed struct {
	database.Table
	types []string
	err   error
}

func (k keyed) KeyColumns() []string { return k.types }

func (k keyed) ParseKey(_ context.Context, columns []string) (database.Key, error) {
	for i, kind := range k.types {
		if _, err := strconv.ParseInt(columns[i], 10, 64); kind == "number" && err != nil {
			return nil, &database.KeyError{Reason: err.Error()}
		}
		if _, err := strconv.ParseFloat(columns[i], 64); kind == "decimal" && err != nil {
			return nil, &database.KeyError{Reason: err.Error()}
		}
		if kind == "uuid" && len(columns[i]) != 36 {
			return nil, &database.KeyError{Reason: "no UUID"}
		}
	}
	return columns, k.err
}

// TestLinesOfWholeNumbers are told with the reason, and with what to write.
func TestLinesOfWholeNumbers(t *testing.T) {
	check, err := lineCheck(t.Context(), keyed{types: []string{"number"}})
	require.NoError(t, err)
	for _, text := range []string{"1", "-5", "+7", "007", "99999999999999999999"} {
		require.NoError(t, check(2, []string{text}), text)
	}
	for _, test := range []struct {
		line       int
		text, says string
	}{
		{1, "id", `is "id", which seems to be a header; column number of the key holds whole numbers: delete the line`},
		{1, `"customer_id"`, "seems to be a header"},
		{2, "id", `has "id", which is no whole number, as column number of the key holds them; write its digits alone, for example 12345`},
		{1, `"1"`, `has its number in quotes, "1"; write 1`},
		{3, "'12'", "has its number in quotes, '12'; write 12"},
		{3, " 1", `has blanks beside its number, " 1"; write 1`},
		{3, "1\t", `has blanks beside its number, "1\t"; write 1`},
		{3, "1e4", `has "1e4", which is no whole number`},
		{3, "1,000", `has "1,000", which is no whole number`},
		{3, "1.0", "is no whole number"},
		{3, "1;Ada", "is no whole number"},
		{3, "٣", "is no whole number"},
		{3, "0x1F", "is no whole number"},
	} {
		err := check(test.line, []string{test.text})
		var wrong *idfile.LineError
		require.ErrorAs(t, err, &wrong, test.text)
		require.Contains(t, wrong.Reason, test.says)
	}
}

// TestOnlyColumnsOfWholeNumbersAreJudged: what other types take, their driver knows.
func TestOnlyColumnsOfWholeNumbersAreJudged(t *testing.T) {
	for _, kind := range []string{"text", "decimal", "uuid"} {
		check, err := lineCheck(t.Context(), keyed{types: []string{kind}})
		require.NoError(t, err)
		require.Nil(t, check, kind)
	}
	check, err := lineCheck(t.Context(), keyed{types: []string{"text", "number"}})
	require.NoError(t, err)
	require.NoError(t, check(1, []string{"north", "1"}))
	require.ErrorContains(t, check(2, []string{"1e4", "1e4"}), "column number of the key")
}

// TestAnOutageIsNoVerdict on the key's type.
func TestAnOutageIsNoVerdict(t *testing.T) {
	gone := &database.Error{Class: database.Disconnected, Err: errors.New("the server is gone")}
	_, err := lineCheck(t.Context(), keyed{types: []string{"text"}, err: gone})
	require.ErrorIs(t, err, gone)
}
