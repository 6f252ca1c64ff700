package contact

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestNormalizePhone(t *testing.T) {
	for raw, want := range map[string]string{
		"(415) 555-0123":       "+14155550123",
		"415.555.0123":         "+14155550123",
		" 4155550123 ":         "+14155550123",
		"1-415-555-0123":       "+14155550123",
		"+1 (415) 555-0123":    "+14155550123",
		"+1 416 555 0123":      "+14165550123",
		"415-555-0123 x42":     "+14155550123",
		"1-800-FLOWERS":        "+18003569377",
		"+44 20 7946 0958":     "+442079460958",
		"+44 (0)20 7946 0958":  "+442079460958",
		"011 44 20 7946 0958":  "+442079460958",
		"+49 30 23125-123":     "+493023125123",
		"+49 (0) 89 99998 123": "+498999998123",
		"+33 1 99 00 12 34":    "+33199001234",
		"+61 2 5550 1234":      "+61255501234",
		"+46 8-465 004 12":     "+46846500412",
		"+39 06 698 12345":     "+390669812345",
		"+81 3-1234-5678":      "+81312345678",
		"４１５５５５０１２３":           "+14155550123",
	} {
		got, err := NormalizePhone(raw)
		require.NoError(t, err)
		assert.Equal(t, want, got, raw)
	}
}

func TestNormalizePhoneRefuses(t *testing.T) {
	for raw, want := range map[string]string{
		"":                 `phone "" is empty`,
		"call me":          `phone "call me" is not a phone number`,
		"n/a":              `phone "n/a" is not a phone number`,
		"415-555":          `phone "415-555" is no number that its country (+1) hands out`,
		"(115) 555-0123":   `phone "(115) 555-0123" is no number that its country (+1) hands out`,
		"+999 1234 5678":   `phone "+999 1234 5678" has an unknown country code`,
		"+44 20 7946 09":   `phone "+44 20 7946 09" is no number that its country (+44) hands out`,
		"1234567890123456": `phone "1234567890123456" is no number that its country (+1) hands out`,
	} {
		_, err := NormalizePhone(raw)
		assert.EqualError(t, err, want)
	}
}
