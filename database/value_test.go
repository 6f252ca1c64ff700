package database_test

import (
	"database/sql"
	"database/sql/driver"
	"encoding/json"
	"errors"
	"math"
	"math/big"
	"net/netip"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"db-migrate/database"
)

type (
	status string
	level  int
	blob   []byte
	colour int
)

func (colour) String() string { return "red" }

type failing struct{}

func (failing) Value() (driver.Value, error) { return nil, errors.New("no value today") }

func TestValuesThatColumnsCanHold(t *testing.T) {
	text, number, moment, none := "hello", 7, time.Unix(1, 0), (*string)(nil)
	id := uuid.MustParse("6ba7b810-9dad-11d1-80b4-00c04fd430c8")
	for _, test := range []struct{ set, expected any }{
		{nil, nil}, {true, true}, {time.Date(2024, 3, 31, 1, 30, 0, 1999, time.FixedZone("Berlin", 7200)), time.Date(2024, 3, 30, 23, 30, 0, 1000, time.UTC)}, {"a", "a"}, {[]byte("a"), []byte("a")}, {moment, moment.UTC()}, {1.5, 1.5},
		{int8(-7), int64(-7)}, {int16(7), int64(7)}, {int32(7), int64(7)}, {7, int64(7)}, {uint8(7), int64(7)}, {uint(7), int64(7)},
		{uint64(math.MaxInt64), int64(math.MaxInt64)}, {uint64(math.MaxUint64), uint64(math.MaxUint64)}, {float32(0.1), 0.1}, {'x', int64('x')},
		{&text, "hello"}, {&number, int64(7)}, {&moment, moment.UTC()}, {none, nil}, {(*time.Time)(nil), nil}, {(*int)(nil), nil}, {(*sql.NullString)(nil), nil},
		{sql.NullString{String: "a", Valid: true}, "a"}, {sql.NullString{}, nil}, {&sql.NullInt64{Int64: 3, Valid: true}, int64(3)}, {sql.NullInt16{Int16: 3, Valid: true}, int64(3)},
		{sql.NullTime{Time: moment, Valid: true}, moment.UTC()}, {sql.Null[string]{V: "a", Valid: true}, "a"}, {[]byte(nil), []byte{}}, {blob(nil), []byte{}}, {sql.NullBool{Bool: true, Valid: true}, true},
		{json.RawMessage(`{"a": 1}`), `{"a": 1}`}, {json.RawMessage(nil), nil}, {blob("a"), []byte("a")}, {status("new"), "new"}, {level(3), int64(3)},
		{id, id.String()}, {&id, id.String()},
		{database.JSON(map[string]any{"a": []int{1}, "b": "<&>"}), `{"a":[1],"b":"<&>"}`}, {database.JSON(nil), "null"}, {database.JSON([]string{}), "[]"},
	} {
		made, err := database.ColumnValue(test.set)
		require.NoError(t, err, "%T %v", test.set, test.set)
		require.Equal(t, test.expected, made, "%T %v", test.set, test.set)
	}
}

func TestValuesThatNoColumnCanHold(t *testing.T) {
	text := "a"
	pointer := &text
	for _, value := range []any{[]string{"a"}, map[string]int{"a": 1}, struct{ A int }{1}, &struct{ A int }{1}, (*struct{ A int })(nil), [2]int{}, []any{}, []int(nil),
		&pointer, make(chan int), func() {}, complex(1, 1), uintptr(1), &[]string{"a"}, errors.New("x"), big.NewInt(1)} {
		_, err := database.ColumnValue(value)
		require.ErrorContains(t, err, "database.JSON(value)", "%T", value)
	}
	for _, value := range []any{colour(1), time.Second, netip.MustParseAddr("::1")} {
		_, err := database.ColumnValue(value)
		require.ErrorContains(t, err, "value.String()", "%T", value)
	}
	_, err := database.ColumnValue(database.JSON(make(chan int)))
	require.ErrorContains(t, err, "unsupported type: chan int")
	_, err = database.ColumnValue(failing{})
	require.Error(t, err)
}
