package contact_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"db-migrate/migration/contact"
)

func TestSplitName(t *testing.T) {
	for _, test := range []struct{ full, first, last string }{
		{"Ada Lovelace", "Ada", "Lovelace"},
		{"  Ada \t Lovelace ", "Ada", "Lovelace"},
		{"Ada\u00a0Lovelace", "Ada", "Lovelace"},
		{"Lovelace, Ada", "Ada", "Lovelace"},
		{"Lovelace , Ada", "Ada", "Lovelace"},
		{"Dr. Ada Lovelace", "Ada", "Lovelace"},
		{"Prof. Dr. Ada Lovelace", "Ada", "Lovelace"},
		{"mr john smith", "john", "smith"},
		{"JOHN SMITH", "JOHN", "SMITH"},
		{"John Smith Jr.", "John", "Smith"},
		{"John Smith, Jr.", "John", "Smith"},
		{"John Smith, MD, Ph.D.", "John", "Smith"},
		{"Smith, John, III", "John", "Smith"},
		{"Smith Jr., Dr. John", "John", "Smith"},
		{"Mary Jane Watson", "Mary Jane", "Watson"},
		{"Watson, Mary Jane", "Mary Jane", "Watson"},
		{"García López, Ana María", "Ana María", "García López"},
		{"Ludwig van Beethoven", "Ludwig", "van Beethoven"},
		{"Ursula von der Leyen", "Ursula", "von der Leyen"},
		{"Leonardo Da Vinci", "Leonardo", "Da Vinci"},
		{"Al Pacino", "Al", "Pacino"},
		{"Van Morrison", "Van", "Morrison"},
		{"Seán O'Brien", "Seán", "O'Brien"},
		{"Zoë Müller-Lüdenscheidt", "Zoë", "Müller-Lüdenscheidt"},
		{"Мария Иванова", "Мария", "Иванова"},
		{"山田 太郎", "山田", "太郎"},
		{"山田太郎", "山田太郎", ""},
		{"Cher", "Cher", ""},
		{"Mr. Smith", "", "Smith"},
		{"Smith,", "Smith", ""},
		{", Ada Lovelace", "Ada", "Lovelace"},
		{"Dr.", "Dr.", ""},
		{"J. R. R. Tolkien", "J. R. R.", "Tolkien"},
	} {
		t.Run(test.full, func(t *testing.T) {
			first, last, err := contact.SplitName(test.full)
			require.NoError(t, err)
			assert.Equal(t, []string{test.first, test.last}, []string{first, last})
		})
	}
}

func TestSplitNameRefuses(t *testing.T) {
	for full, want := range map[string]string{
		"":          `name "" is empty`,
		"  \t":      `name "  \t" is empty`,
		",":         `name "," has no letters`,
		"12345":     `name "12345" has no letters`,
		"Ada \xff":  `name "Ada \xff" is not valid UTF-8`,
		"- , - , -": `name "- , - , -" has no letters`,
	} {
		_, _, err := contact.SplitName(full)
		assert.EqualError(t, err, want)
	}
}
