package cassandra

import (
	"encoding/hex"
	"fmt"
	"math"
	"math/big"
	"net"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	gocql "github.com/apache/cassandra-gocql-driver/v2"
	"gopkg.in/inf.v0"

	"db-migrate/database/driverkit"
)

// raw is a value as it travels; nil is null.
type raw []byte

// MarshalCQL hands the bytes on.
func (r raw) MarshalCQL(gocql.TypeInfo) ([]byte, error) { return r, nil }

// column is a column of the customers' table.
type column struct {
	name string
	kind gocql.TypeInfo
	// part is partition_key, clustering, regular or static.
	part gocql.ColumnKind
	// descending: the rows of a partition are sorted by it downwards.
	descending bool
}

func (c column) text() bool {
	switch c.kind.Type() {
	case gocql.TypeText, gocql.TypeVarchar, gocql.TypeAscii:
		return true
	}
	return false
}

func (c column) integer() bool {
	switch c.kind.Type() {
	case gocql.TypeTinyInt, gocql.TypeSmallInt, gocql.TypeInt, gocql.TypeBigInt, gocql.TypeCounter:
		return true
	}
	return false
}

// scalar reports whether a value has a timestamp of its own, and a form in Go.
func (c column) scalar() bool {
	switch c.kind.Type() {
	case gocql.TypeList, gocql.TypeMap, gocql.TypeSet, gocql.TypeUDT, gocql.TypeTuple, gocql.TypeCustom, gocql.TypeDuration:
		return false
	}
	return true
}

// emptyKey is an empty value, of no bytes, in a key.
const emptyKey = "0x"

// keyText is a key column's value as a key has it: texts, whole numbers and UUIDs
// as people write them, all else as 0x and hexadecimal digits.
func (c column) keyText(value raw) (string, error) {
	switch {
	case c.text():
		return string(value), nil
	case len(value) == 0: // which a number can be, too, and is another than 0
		return emptyKey, nil
	case c.integer():
		var number int64
		err := gocql.Unmarshal(c.kind, value, &number)
		return strconv.FormatInt(number, 10), err
	case c.kind.Type() == gocql.TypeUUID || c.kind.Type() == gocql.TypeTimeUUID:
		var id gocql.UUID
		err := gocql.Unmarshal(c.kind, value, &id)
		return id.String(), err
	}
	return "0x" + hex.EncodeToString(value), nil
}

// keyValue is the value of a key's text.
func (c column) keyValue(text string) (raw, error) {
	switch {
	case c.text():
		return raw(text), nil
	case text == emptyKey:
		return raw{}, nil
	case c.integer():
		number, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			return nil, driverkit.Broken("key %s: column %s holds whole numbers", text, c.name)
		}
		value, err := gocql.Marshal(c.kind, number)
		if err != nil {
			return nil, driverkit.Broken("key %s: column %s: %w", text, c.name, err)
		}
		return value, nil
	case c.kind.Type() == gocql.TypeUUID || c.kind.Type() == gocql.TypeTimeUUID:
		id, err := gocql.ParseUUID(text)
		if err != nil {
			return nil, driverkit.Broken("key %s: column %s holds UUIDs", text, c.name)
		}
		return id.Bytes(), nil
	}
	digits, marked := strings.CutPrefix(text, "0x")
	value, err := hex.DecodeString(digits)
	if err != nil || !marked {
		return nil, driverkit.Broken("key %s: column %s is written as 0x and hexadecimal digits", text, c.name)
	}
	return append(raw{}, value...), nil
}

// value is a column's value in Go; a type without one of its own is text, or the
// bytes that travel. A value of no bytes, which Cassandra takes for most types, is none.
func (c column) value(data raw) (any, error) {
	if data == nil {
		return nil, nil
	}
	switch {
	case c.text():
		return string(data), nil
	case len(data) == 0 && c.kind.Type() != gocql.TypeBlob:
		return nil, nil
	case c.integer():
		return decode[int64](c, data, func(v int64) any { return v })
	}
	switch c.kind.Type() {
	case gocql.TypeBoolean:
		return decode[bool](c, data, func(v bool) any { return v })
	case gocql.TypeDouble:
		return decode[float64](c, data, func(v float64) any { return v })
	case gocql.TypeFloat:
		return decode[float32](c, data, func(v float32) any { return float64(v) })
	case gocql.TypeTimestamp, gocql.TypeDate:
		return decode[time.Time](c, data, func(v time.Time) any { return v.UTC() })
	}
	return c.written(data)
}

// written is the text of a value whose type Go does not have; of a blob, and of what has no
// text, the bytes.
func (c column) written(data raw) (any, error) {
	switch c.kind.Type() {
	case gocql.TypeUUID, gocql.TypeTimeUUID:
		return decode[gocql.UUID](c, data, func(v gocql.UUID) any { return v.String() })
	case gocql.TypeInet:
		return decode[net.IP](c, data, func(v net.IP) any { return v.String() })
	case gocql.TypeDecimal:
		return decode[inf.Dec](c, data, func(v inf.Dec) any { return v.String() })
	case gocql.TypeVarint:
		return decode[big.Int](c, data, func(v big.Int) any { return v.String() })
	case gocql.TypeTime:
		return decode[time.Duration](c, data, func(v time.Duration) any { return midnight.Add(v).Format(timeOfDay) })
	}
	return []byte(data), nil
}

// timeOfDay is how CQL writes a time; a migration gets it so, and may set it so.
const timeOfDay = "15:04:05.999999999"

var midnight = time.Date(0, 1, 1, 0, 0, 0, 0, time.UTC) // that of a time of day, parsed

func decode[T any](c column, data raw, as func(T) any) (any, error) {
	var value T
	if err := gocql.Unmarshal(c.kind, data, &value); err != nil {
		return nil, driverkit.Broken("column %s: %w", c.name, err)
	}
	return as(value), nil
}

// encode is a value of Go's as it travels. An error is the customer's own: the
// migration made a value that the column cannot hold.
func (c column) encode(value any) (raw, error) {
	if value == nil {
		return nil, nil
	}
	converted, err := c.convert(value)
	if err != nil {
		return nil, err
	}
	if text, isText := converted.(string); isText && c.text() {
		if err := c.checkText(text); err != nil {
			return nil, err
		}
	}
	data, err := gocql.Marshal(c.kind, converted)
	if err != nil {
		return nil, fmt.Errorf("column %s: %w", c.name, err)
	}
	if data == nil {
		data = []byte{}
	}
	return data, nil
}

// checkText refuses what the server would, since its answer does not say whose it is.
func (c column) checkText(text string) error {
	ascii := c.kind.Type() == gocql.TypeAscii
	switch beyond := strings.IndexFunc(text, func(r rune) bool { return r > 127 }); {
	case !utf8.ValidString(text):
		return fmt.Errorf("column %s: the text is not valid UTF-8; write bytes to a column of type blob", c.name)
	case ascii && beyond >= 0:
		return fmt.Errorf("column %s holds ASCII, and the text has other characters", c.name)
	}
	return nil
}

// convert makes what the driver wants of what a migration may give.
func (c column) convert(value any) (any, error) {
	text, isText := value.(string)
	number, unsigned := value.(uint64)
	switch {
	case c.integer() && unsigned && number > math.MaxInt64: // the client library would make it a negative one
		return nil, fmt.Errorf("column %s cannot hold %d", c.name, number)
	case c.text() && !isText:
		switch value := value.(type) {
		case []byte:
			return string(value), nil
		case time.Time:
			return value.UTC().Format("2006-01-02 15:04:05.999999"), nil
		}
		return fmt.Sprint(value), nil
	case c.kind.Type() == gocql.TypeBlob && isText:
		return []byte(text), nil
	case isText:
		return c.convertText(text)
	case c.kind.Type() == gocql.TypeFloat:
		if number, isFloat := value.(float64); isFloat {
			return float32(number), nil
		}
	}
	return c.convertTime(value)
}

// convertText makes numbers of texts that the client library does not read.
func (c column) convertText(text string) (any, error) {
	switch c.kind.Type() {
	case gocql.TypeDecimal:
		number, ok := new(inf.Dec).SetString(text)
		if !ok {
			return nil, fmt.Errorf("column %s: %q is no decimal number", c.name, text)
		}
		return number, nil
	case gocql.TypeVarint:
		number, ok := new(big.Int).SetString(text, 10)
		if !ok {
			return nil, fmt.Errorf("column %s: %q is no whole number", c.name, text)
		}
		return number, nil
	}
	return c.convertTime(text)
}

// convertTime makes what the driver wants of a date or a time. The client library would make
// a value of no bytes of the first moment of year 1, and the day after it of a moment before
// 1970.
func (c column) convertTime(value any) (any, error) {
	text, isText := value.(string)
	at, isTime := value.(time.Time)
	form := ""
	switch c.kind.Type() {
	case gocql.TypeTimestamp:
		if isTime {
			return at.UnixMilli(), nil
		}
		return value, nil
	case gocql.TypeDate:
		form = time.DateOnly
	case gocql.TypeTime:
		form = timeOfDay
	default:
		return value, nil
	}
	if isText {
		var err error
		if at, err = time.Parse(form, text); err != nil {
			return nil, fmt.Errorf("column %s: %q is not written as %s", c.name, text, form)
		}
	}
	switch {
	case isText && form == timeOfDay:
		return at.Sub(midnight), nil
	case (isText || isTime) && form == time.DateOnly:
		return c.day(at)
	}
	return value, nil
}

// day is a date as the client library takes it: in milliseconds.
func (c column) day(at time.Time) (any, error) {
	year, month, day := at.UTC().Date()
	begins := time.Date(year, month, day, 0, 0, 0, 0, time.UTC).Unix()
	if days := begins / (24 * 3600); days < math.MinInt32 || days > math.MaxInt32 {
		return nil, fmt.Errorf("column %s cannot hold the year %d", c.name, year)
	}
	return begins * 1000, nil
}
