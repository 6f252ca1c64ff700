package contact

import (
	"errors"
	"fmt"
	"strings"

	"github.com/nyaruka/phonenumbers"
)

// defaultRegion is where a phone number without country code belongs to.
const defaultRegion = "US"

// NormalizePhone brings a phone number into E.164 form, such as +14155550123.
// A number without country code is read as one of the United States. An
// extension is left out, since E.164 has none.
//
// It answers what libphonenumber answers. Numbers in a common form need not ask
// it, since it takes 20 µs or more.
func NormalizePhone(raw string) (e164 string, err error) {
	trimmed := strings.TrimSpace(raw)
	if e164, ok := commonPhone(trimmed); ok {
		return e164, nil
	}
	return libraryPhone(raw, trimmed)
}

// libraryPhone is NormalizePhone by libphonenumber.
func libraryPhone(raw, trimmed string) (string, error) {
	if trimmed == "" {
		return "", fmt.Errorf("phone %s is empty", quote(raw))
	}
	number, err := phonenumbers.Parse(trimmed, defaultRegion)
	if err != nil {
		return "", fmt.Errorf("phone %s %s", quote(raw), phoneProblem(err))
	}
	if !phonenumbers.IsValidNumber(number) {
		return "", fmt.Errorf("phone %s is no number that its country (+%d) hands out", quote(raw), number.GetCountryCode())
	}
	return phonenumbers.Format(number, phonenumbers.E164), nil
}

// phoneProblem words an error of the library so that it follows the value.
func phoneProblem(err error) string {
	switch {
	case errors.Is(err, phonenumbers.ErrNotANumber):
		return "is not a phone number"
	case errors.Is(err, phonenumbers.ErrInvalidCountryCode):
		return "has an unknown country code"
	case errors.Is(err, phonenumbers.ErrTooShortNSN):
		return "is too short for a phone number"
	case errors.Is(err, phonenumbers.ErrNumTooLong):
		return "is too long for a phone number"
	}
	return "is not a phone number: " + err.Error()
}
