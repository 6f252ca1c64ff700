package mysql

import (
	"fmt"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"db-migrate/database/driverkit"
)

// typed is a key's value of a list, named by an alias, as one of the column's own
// type; a text gets its character set and order, or the server would not know which
// of two orders to compare in.
func (c column) typed(alias string) string {
	if c.text() {
		return fmt.Sprintf("CONVERT(%s USING %s) COLLATE %s", alias, c.charset, c.collation)
	}
	return c.typedAs(alias)
}

// mark is a key's argument as a value of the column's own type. MariaDB does not find rows
// by a list of keys of several columns whose texts have other bytes in the column's
// character set than in the session's.
func (c column) mark(placeholder string) string {
	if c.text() && !slices.Contains(sessionSets, c.charset) {
		return c.typed(placeholder)
	}
	return c.typedAs(placeholder)
}

// sessionSets are the character sets that have the same bytes for a letter as utf8mb4.
var sessionSets = []string{"utf8mb4", "utf8mb3", "utf8"}

// typedAs is a key's argument, as a value of the column's own type: the server
// compares a decimal with a text as floating-point numbers, of which many are equal
// that the column tells apart.
func (c column) typedAs(value string) string {
	kind := ""
	switch c.base {
	case "decimal":
		precision, scale := c.digits()
		kind = fmt.Sprintf("DECIMAL(%d,%d)", precision, scale)
	case "date":
		kind = "DATE"
	case "datetime", "timestamp":
		kind = "DATETIME(6)"
	case "time":
		kind = "TIME(6)"
	case "uuid", "inet4", "inet6":
		kind = strings.ToUpper(c.base)
	default:
		return value
	}
	return "CAST(" + value + " AS " + kind + ")"
}

// digits is how many a decimal column has, and how many of them are behind the
// point, as DECIMAL(20,3) says.
func (c column) digits() (precision, scale int) {
	if _, err := fmt.Sscanf(c.kind, "decimal(%d,%d)", &precision, &scale); err != nil {
		return 65, 0 // no server prints it otherwise
	}
	return precision, scale
}

// spelled reports whether equal values may be spelled in different ways: texts but
// for those that compare by byte, with the blanks at their ends.
func (c column) spelled() bool {
	return c.text() && !strings.HasSuffix(c.collation, "nopad_bin") && !strings.HasSuffix(c.collation, "0900_bin")
}

// Forms of keys that no type of Go reads as the servers do.
var (
	decimalForm = regexp.MustCompile(`^[+-]?(\d*)\.?(\d*)$`)
	timeForm    = regexp.MustCompile(`^-?\d{2,3}:[0-5]\d:[0-5]\d(\.\d{1,6})?$`)
	zeroDate    = regexp.MustCompile(`^\d{4}-(00-[0-3]\d|\d\d-00)( \d\d:\d\d:\d\d(\.\d{1,6})?)?$`)
)

// canonical is a key's text as the server prints it. The server itself would take
// what it cannot read for another value, with a warning that nobody sees.
func (c column) canonical(text string) (string, error) {
	switch c.base {
	case "uuid":
		id, err := uuid.Parse(text)
		if err != nil {
			return "", driverkit.Broken("key %s: column %s holds UUIDs", text, c.name)
		}
		return id.String(), nil
	case "inet4", "inet6":
		address, err := netip.ParseAddr(text)
		if err != nil || address.Is4() != (c.base == "inet4") || address.Zone() != "" {
			return "", driverkit.Broken("key %s: column %s holds addresses of type %s", text, c.name, c.base)
		}
		return address.String(), nil
	case "decimal":
		return c.canonicalDecimal(text)
	case "date":
		return c.canonicalDate(text)
	case "datetime", "timestamp":
		return c.canonicalMoment(text)
	case "time":
		if !timeForm.MatchString(text) {
			return "", driverkit.Broken("key %s: column %s holds times, as 15:04:05", text, c.name)
		}
		return c.fraction(text), nil
	}
	if c.wholeNumbers() { // without the zeros of ZEROFILL, which the client library does not hand on
		return canonicalNumber(text), nil
	}
	return text, nil
}

func canonicalNumber(text string) string {
	digits, negative := strings.CutPrefix(text, "-")
	digits = strings.TrimLeft(strings.TrimPrefix(digits, "+"), "0")
	switch {
	case digits == "":
		return "0"
	case negative:
		return "-" + digits
	}
	return digits
}

func (c column) canonicalDecimal(text string) (string, error) {
	parts := decimalForm.FindStringSubmatch(text)
	if parts == nil || parts[1]+parts[2] == "" {
		return "", driverkit.Broken("key %s: column %s holds decimal numbers", text, c.name)
	}
	precision, scale := c.digits()
	whole, behind := strings.TrimLeft(parts[1], "0"), strings.TrimRight(parts[2], "0")
	if len(whole) > precision-scale || len(behind) > scale {
		return "", driverkit.Broken("key %s: column %s holds decimal numbers of %d digits, %d of them behind the point", text, c.name, precision, scale)
	}
	sign := ""
	if strings.HasPrefix(text, "-") && whole+behind != "" {
		sign = "-"
	}
	if whole == "" {
		whole = "0"
	}
	if strings.Contains(c.kind, "zerofill") {
		whole = strings.Repeat("0", max(0, precision-scale-len(whole))) + whole
	}
	if scale > 0 {
		whole += "." + behind + strings.Repeat("0", scale-len(behind))
	}
	return sign + whole, nil
}

func (c column) canonicalDate(text string) (string, error) {
	day, ok := strings.CutSuffix(text, " 00:00:00")
	if _, err := time.Parse(time.DateOnly, day); err == nil || zeroDate.MatchString(day) && len(day) == len(time.DateOnly) {
		return day, nil
	}
	if _, err := time.Parse("2006-01-02 15:04:05.999999", text); err == nil && !ok {
		return "", driverkit.Broken("key %s: column %s holds days without a time, as 2006-01-02", text, c.name)
	}
	return "", c.noDate(text)
}

func (c column) canonicalMoment(text string) (string, error) {
	if _, err := time.Parse(time.DateOnly, text); err == nil || len(text) == len(time.DateOnly) && zeroDate.MatchString(text) {
		text += " 00:00:00"
	}
	if _, err := time.Parse("2006-01-02 15:04:05.999999", text); err != nil && !zeroDate.MatchString(text) {
		return "", c.noDate(text)
	}
	return c.fraction(text), nil
}

func (c column) noDate(text string) error {
	return driverkit.Broken("key %s: column %s holds dates, as 2006-01-02 or 2006-01-02 15:04:05", text, c.name)
}

// fraction is a time with as many digits behind its seconds as the column prints, or
// with all that it has: then no row has it.
func (c column) fraction(text string) string {
	var digits int
	if _, bounds, found := strings.Cut(c.kind, "("); found {
		digits, _ = strconv.Atoi(strings.TrimRight(bounds, ")"))
	}
	seconds, behind, _ := strings.Cut(text, ".")
	behind = strings.TrimRight(behind, "0")
	behind += strings.Repeat("0", max(0, digits-len(behind)))
	if behind == "" {
		return seconds
	}
	return seconds + "." + behind
}

// unorderedTypes are those whose values have no text that a statement can compare
// with them in their own order.
var unorderedTypes = []string{"float", "double", "enum", "set", "bit", "geometry", "json"}

func (c column) unordered() bool { return slices.Contains(unorderedTypes, c.base) }
