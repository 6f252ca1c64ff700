package config

import (
	"errors"
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
)

// plainNumber is a number whose digits everybody reads alike: 010 is 8 to some, 10 to
// others. Thousands may be set apart, as in 1_000.
var plainNumber = regexp.MustCompile(`^[+-]?(?:0|[1-9][0-9]*(?:_[0-9]+)*)$`)

// parseNumber reads a whole number.
func parseNumber(text string) (int, error) {
	if plainNumber.MatchString(text) {
		if number, err := strconv.Atoi(strings.ReplaceAll(text, "_", "")); err == nil {
			return number, nil
		}
	}
	return 0, fmt.Errorf("%q must be %w", Mask(text), asDigits(text))
}

var errWhole = errors.New("a whole number")

// asDigits is what a whole number must be, and how one is written that is written in
// another way.
func asDigits(text string) error {
	bare := strings.ReplaceAll(text, "_", "")
	octal, decimal := strings.TrimLeft(bare, "0"), ""
	if number, err := strconv.ParseInt(bare, 0, 64); err == nil {
		decimal = strconv.FormatInt(number, 10)
	} else if number, err := strconv.ParseFloat(bare, 64); err == nil && number == math.Trunc(number) && math.Abs(number) < 1<<53 {
		decimal = strconv.FormatInt(int64(number), 10)
	}
	switch {
	case decimal == "" || decimal == bare:
		return errWhole
	case strings.HasPrefix(bare, "0") && plainNumber.MatchString(octal) && octal != decimal:
		return fmt.Errorf("a whole number in plain digits: write %s, or %s if it was meant as octal", octal, decimal)
	}
	return fmt.Errorf("a whole number in plain digits: write %s", decimal)
}

// parseDecimal reads a number that may have a fraction or an exponent.
func parseDecimal(text string) (float64, error) {
	if plainNumber.MatchString(text) {
		text = strings.ReplaceAll(text, "_", "")
	}
	number, err := strconv.ParseFloat(text, 64)
	if err != nil || math.IsNaN(number) || math.IsInf(number, 0) || strings.ContainsAny(text, "xX") {
		return 0, fmt.Errorf("%q must be a number", Mask(text))
	}
	if len(text) > 1 && text[0] == '0' && text[1] != '.' && text[1] != 'e' {
		return 0, fmt.Errorf("%q must be a number that does not begin with 0", text)
	}
	return number, nil
}

// parseSize reads a number of bytes: digits and a unit.
func parseSize(text string) (Size, error) {
	for _, unit := range units() {
		digits, found := strings.CutSuffix(text, unit.name)
		if !found {
			continue
		}
		number, err := parseNumber(digits)
		if err != nil || number < 0 || Size(number) > math.MaxInt64/unit.bytes {
			break
		}
		return Size(number) * unit.bytes, nil
	}
	return 0, fmt.Errorf("%q must be a whole number with its unit, KiB, MiB, GiB or TiB, such as 512MiB", Mask(text))
}
