package driverkit_test

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"db-migrate/database"
	"db-migrate/database/driverkit"
)

func TestTextsOutliveWhatTheyWereMadeOf(t *testing.T) {
	raw := [][]byte{[]byte("Anna"), nil, {}, []byte("é")}
	texts := driverkit.TextsOf(raw)
	copy(raw[0], "XXXX")
	require.Len(t, texts, 4)
	require.Equal(t, "Anna", *texts[0])
	require.Nil(t, texts[1])
	require.NotNil(t, texts[2])
	require.Empty(t, *texts[2])
	require.Equal(t, "é", *texts[3])
}

// TestTextsOfManyRows: each row has its own, whatever the others' lengths.
func TestTextsOfManyRows(t *testing.T) {
	var copier driverkit.TextsCopier
	var rows []driverkit.Texts
	raw := func(row int) [][]byte {
		long := bytes.Repeat([]byte{byte('a' + row%26)}, row%500*100)
		return [][]byte{fmt.Append(nil, row), nil, long, {}}
	}
	for row := range 1000 {
		values := raw(row)
		rows = append(rows, copier.Copy(values))
		clear(values[0]) // the buffer belongs to who has read it
	}
	for row, texts := range rows {
		require.True(t, texts.Equal(driverkit.TextsOf(raw(row))), "row %d", row)
	}
}

func TestTextsAreEqualByByte(t *testing.T) {
	of := func(values ...[]byte) driverkit.Texts { return driverkit.TextsOf(values) }
	require.True(t, of([]byte("a"), nil).Equal(of([]byte("a"), nil)))
	require.False(t, of([]byte("a"), nil).Equal(of([]byte("a"), []byte{})), "NULL is no empty text")
	require.False(t, of([]byte("a"), []byte{}).Equal(of([]byte("a"), nil)))
	require.False(t, of([]byte("a")).Equal(of([]byte("A"))))
	require.False(t, of([]byte("ab"), []byte("c")).Equal(of([]byte("a"), []byte("bc"))))
	require.False(t, of(nil).Equal(of(nil, nil)))
}

func TestNullInAll(t *testing.T) {
	row := func(values ...[]byte) database.Write {
		return database.Write{Row: database.Row{Seen: driverkit.TextsOf(values)}}
	}
	require.Equal(t, []bool{true, false, false}, driverkit.NullInAll([]database.Write{row(nil, []byte("a"), nil), row(nil, nil, []byte{})}, 3))
	require.Equal(t, []bool{true, false}, driverkit.NullInAll([]database.Write{row(nil)}, 2), "a value that was not read is not NULL")
	require.Equal(t, []bool{false}, driverkit.NullInAll([]database.Write{row(nil), {}}, 1), "a row that was not read is not NULL")
}
