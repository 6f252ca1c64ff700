package database_test

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"db-migrate/database"
)

func TestCleanText(t *testing.T) {
	for text, clean := range map[string]string{
		"":                            "",
		"no number of a phone":        "no number of a phone",
		"a\x00b":                      "a\uFFFDb",
		"M\xfcller":                   "M\uFFFDller",
		"line\nline\r\tend":           "line line  end",
		"\x1b[31mred\u009b0m":         "\uFFFD[31mred\uFFFD0m",
		"evil \u202etxt.exe":          "evil \uFFFDtxt.exe",
		"Ünï©ødé 😀":                   "Ünï©ødé 😀",
		strings.Repeat("😀", 20):       strings.Repeat("😀", 20),
		strings.Repeat("😀", 21):       strings.Repeat("😀", 19) + "…",
		strings.Repeat("\xff", 1<<20): strings.Repeat("\uFFFD", 19) + "…",
	} {
		require.Equal(t, clean, database.CleanText(text, 20), "%.40q", text)
	}
}

func FuzzCleanText(f *testing.F) {
	f.Add("a\x00\xff\u202e", 3)
	f.Fuzz(func(t *testing.T, text string, characters int) {
		characters = max(1, characters%1000)
		clean := database.CleanText(text, characters)
		require.True(t, utf8.ValidString(clean))
		require.LessOrEqual(t, utf8.RuneCountInString(clean), characters)
		require.False(t, strings.ContainsFunc(clean, unicode.IsControl))
		require.Equal(t, clean, database.CleanText(clean, characters), "clean is clean")
	})
}
