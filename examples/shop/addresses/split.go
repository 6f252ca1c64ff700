package addresses

import (
	"fmt"
	"regexp"
	"strings"
)

// Address is an address in its parts.
type Address struct{ Street, PostalCode, City string }

var place = regexp.MustCompile(`^(\d{4,6}) +(\S.*)$`)

// Split takes an address apart that stands in two lines, or in one with a comma:
// the street, then the postal code and the city. Lines behind them, such as the
// country, are left out.
func Split(lines string) (Address, error) {
	parts := strings.FieldsFunc(lines, func(letter rune) bool { return letter == '\n' || letter == '\r' || letter == ',' })
	var filled []string
	for _, part := range parts {
		if part = strings.TrimSpace(part); part != "" {
			filled = append(filled, part)
		}
	}
	if len(filled) < 2 {
		return Address{}, fmt.Errorf("the address %q has %d lines; it needs a street, and a postal code with a city", lines, len(filled))
	}
	found := place.FindStringSubmatch(filled[1])
	if found == nil {
		return Address{}, fmt.Errorf("the address %q has no postal code and city in its second line", lines)
	}
	return Address{Street: filled[0], PostalCode: found[1], City: found[2]}, nil
}
