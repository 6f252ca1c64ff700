package database

import (
	"bytes"
	"database/sql/driver"
	"encoding/json"
	"fmt"
	"math"
	"reflect"
	"strconv"
	"time"
)

// ColumnValue makes of a value that a migration has set what drivers write: nil,
// bool, int64, uint64 (beyond int64), float64, string, []byte or time.Time. Change.Set
// says which types there are; an error says what is wrong with another one, and what
// to set instead.
func ColumnValue(value any) (any, error) {
	switch value := value.(type) {
	case nil, bool, int64, float64, string:
		return value, nil
	case time.Time: // in one form for every database
		return value.UTC().Truncate(time.Microsecond), nil
	case []byte:
		return append([]byte{}, value...), nil // none is an empty one; NULL is nil alone
	case driver.Valuer:
		return valueOf(value)
	}
	found := reflect.ValueOf(value)
	if found.Kind() == reflect.Pointer {
		return pointedTo(found)
	}
	if named, ok := value.(fmt.Stringer); ok {
		return nil, fmt.Errorf("a value of type %T can be written as more than one thing; set its text, value.String(), or its number", named)
	}
	return plain(found)
}

// valueOf asks a value that knows its own form: sql.NullString, a decimal, a UUID.
func valueOf(value driver.Valuer) (any, error) {
	if found := reflect.ValueOf(value); found.Kind() == reflect.Pointer && found.IsNil() {
		return nil, nil
	}
	made, err := value.Value()
	if err != nil {
		return nil, fmt.Errorf("a value of type %T: %w", value, err)
	}
	if _, again := made.(driver.Valuer); again {
		return nil, fmt.Errorf("a value of type %T has one of type %T, which has another; set the last of them", value, made)
	}
	return ColumnValue(made)
}

func pointedTo(pointer reflect.Value) (any, error) {
	if pointer.IsNil() && writable(pointer.Type().Elem()) {
		return nil, nil
	}
	if pointer.IsNil() || !writable(pointer.Type().Elem()) {
		return nil, refusedType(pointer.Type())
	}
	return ColumnValue(pointer.Elem().Interface())
}

var (
	valuerType  = reflect.TypeFor[driver.Valuer]()
	timeType    = reflect.TypeFor[time.Time]()
	rawJSONType = reflect.TypeFor[json.RawMessage]()
)

// writable reports whether values of a type can be written.
func writable(kind reflect.Type) bool {
	switch kind.Kind() {
	case reflect.Bool, reflect.String, reflect.Float32, reflect.Float64,
		reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64,
		reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return true
	case reflect.Slice:
		return kind.Elem().Kind() == reflect.Uint8
	}
	return kind == timeType || kind.Implements(valuerType)
}

// plain is a value by the kind of its type.
func plain(value reflect.Value) (any, error) {
	switch {
	case value.Kind() == reflect.Bool:
		return value.Bool(), nil
	case value.CanInt():
		return value.Int(), nil
	case value.CanUint() && value.Kind() != reflect.Uintptr:
		if value.Uint() > math.MaxInt64 {
			return value.Uint(), nil
		}
		return int64(value.Uint()), nil
	case value.Kind() == reflect.Float32: // 0.1 stays 0.1
		return strconv.ParseFloat(strconv.FormatFloat(value.Float(), 'g', -1, 32), 64)
	case value.Kind() == reflect.Float64:
		return value.Float(), nil
	case value.Kind() == reflect.String:
		return value.String(), nil
	case value.Type() == rawJSONType:
		if value.IsNil() {
			return nil, nil
		}
		return string(value.Bytes()), nil
	case value.Kind() == reflect.Slice && value.Type().Elem().Kind() == reflect.Uint8:
		return append([]byte{}, value.Bytes()...), nil
	}
	return nil, refusedType(value.Type())
}

func refusedType(kind reflect.Type) error {
	return fmt.Errorf("no column can hold a value of type %s; set a text, a number, a bool, bytes, a time.Time, a pointer to one of them, a driver.Valuer (sql.NullString, …), or its JSON: database.JSON(value)", kind)
}

// JSON is a value as a text of JSON, for Change.Set: a slice, a map or a struct has
// no form that every column knows. What cannot be written as JSON is the row's own
// error.
func JSON(value any) driver.Valuer { return jsonText{value} }

type jsonText struct{ value any }

// Value is the text.
func (j jsonText) Value() (driver.Value, error) {
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(j.value); err != nil {
		return nil, err
	}
	return string(bytes.TrimSuffix(text.Bytes(), []byte("\n"))), nil
}
