package databasetest

import (
	"fmt"
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"db-migrate/database"
)

// valueCase is a value that a migration sets, and what the column may hold then. Every
// database may refuse it instead, unless it must be written.
type valueCase struct {
	column string
	value  any
	stored []string
	must   bool
}

func must(column string, value any, stored ...string) valueCase {
	return valueCase{column, value, stored, true}
}

func may(column string, value any, stored ...string) valueCase {
	return valueCase{column, value, stored, false}
}

func valueCases() []valueCase {
	moment := time.Date(2024, 3, 31, 1, 30, 0, 123456789, time.FixedZone("Berlin", 2*60*60))
	return []valueCase{
		must("first_name", "Zoë", "Zoë"), must("first_name", []byte("Zoë"), "Zoë"), must("first_name", int64(-5), "-5"), may("first_name", uint64(math.MaxUint64), "18446744073709551615"),
		must("first_name", 1.5, "1.5"), must("first_name", true, "true", "1"), must("first_name", moment, "2024-03-30 23:30:00.123456", "2024-03-30 23:30:00.123456+00", "2024-03-30 23:30:00.123456+00:00"),
		may("first_name", "a\x00b", "a\x00b"), may("first_name", "\xff\xfe", "\xff\xfe"), may("first_name", []byte{0xff, 0}, "\xff\x00"), may("first_name", tooLong, tooLong),
		may("first_name", math.NaN(), "NaN"), may("first_name", math.Inf(1), "+Inf", "Infinity", "Inf"),
		must("score", int64(7), "7"), may("score", "7", "7"), may("score", 7.0, "7"), may("score", 7.5, "7.5"), may("score", "7.5", "7.5"), may("score", []byte("7.5"), "7.5"),
		may("score", "seven", "seven"), may("score", "", ""), may("score", true, "1"), may("score", int64(math.MinInt64), fmt.Sprint(math.MinInt64)), may("score", uint64(math.MaxUint64), "18446744073709551615"),
		may("score", math.NaN()), may("score", math.Inf(-1), "-Inf", "-Infinity"), may("score", moment, "2024-03-30 23:30:00.123456+00:00"),
		must("data", []byte{0, 0xff}, "\x00\xff"), must("data", []byte{}, ""), may("data", "\xff\x00", "\xff\x00"), may("data", int64(5), "5"), may("data", true, "true", "1"), may("data", 1.5, "1.5"),
	}
}

// valuesAsSet: a column holds what was set, or the row is refused and as it was.
func valuesAsSet(t *testing.T, h Harness) {
	planned := plan()
	planned.Writes = append(planned.Writes, "data")
	f := h.start(t, Numbers, planned, 1)
	for _, test := range valueCases() {
		f.set("Anna", test.column, nil)
		value, err := database.ColumnValue(test.value)
		require.NoError(t, err)
		written, err := f.table.Write(t.Context(), f.mark, []database.Write{{Row: f.read("Anna")[0], Change: setting(test.column, value)}})
		about := fmt.Sprintf("%.60q (%T) in %s", fmt.Sprint(test.value), test.value, test.column)
		if err != nil {
			require.False(t, test.must, "%s: %v", about, err)
			requireClass(t, database.Own, err)
			require.True(t, f.read("Anna")[0].Null(test.column), about)
			continue
		}
		require.Equal(t, []bool{true}, written.Rows, about)
		require.Contains(t, test.stored, f.stored(test.column), about)
		require.NoError(t, f.act.Clear(ledgerTable))
	}
}

// stored is what a column of Anna's holds; NULL is the empty text.
func (f *fixture) stored(column string) string {
	f.Helper()
	if data, isBytes := f.read("Anna")[0].Value(column).([]byte); isBytes {
		return string(data)
	}
	return f.column("customers", column)[0]
}
