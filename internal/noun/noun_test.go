package noun_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"db-migrate/internal/noun"
)

func TestNouns(t *testing.T) {
	for _, test := range []struct{ table, name, one, many string }{
		{"customers", "", "customer", "customers"},
		{"public.customers", "", "customer", "customers"},
		{`"CUSTOMERS"`, "", "customer", "customers"},
		{"shop.`customers`", "", "customer", "customers"},
		{"", "", "customer", "customers"},
		{"payments", "", "row", "rows"},
		{"customers_old", "", "row", "rows"},
		{"customers.payments", "", "row", "rows"},
		{"payments", "payment", "payment", "payments"},
		{"customers", "client", "client", "clients"},
		{"ledger", "entry", "entry", "entries"},
		{"days", "day", "day", "days"},
		{"boxes", "box", "box", "boxes"},
		{"addresses", "address", "address", "addresses"},
		{"batches", "batch", "batch", "batches"},
		{"branches", "branch", "branch", "branches"},
		{"wishes", "wish", "wish", "wishes"},
		{"photos", "photo", "photo", "photos"},
		{"y", "y", "y", "ys"},
		{"lines", "order line", "order line", "order lines"},
		{"people", "person,people", "person", "people"},
		{"species", "species,species", "species", "species"},
		{"größen", "größe,größen", "größe", "größen"},
	} {
		found := noun.Of(test.table, test.name)
		require.Equal(t, noun.Noun{One: test.one, Many: test.many}, found, test)
		require.NoError(t, noun.Check(test.name), test)
	}
}

func TestCounts(t *testing.T) {
	payments, people := noun.Of("payments", "payment"), noun.Of("people", "person,people")
	for number, text := range map[int64]string{0: "0 payments", 1: "1 payment", 2: "2 payments", 1000: "1,000 payments"} {
		require.Equal(t, text, payments.Count(number))
	}
	require.Equal(t, "1 person", people.Count(1))
	require.Equal(t, "1,234 people", people.Count(1234))
	require.Equal(t, "person", people.For(1))
	require.Equal(t, "people", people.For(0))
}

// TestTheOriginalsWords, and that nothing is called a row row.
func TestTheOriginalsWords(t *testing.T) {
	for _, test := range []struct{ table, name, rows, scan string }{
		{"customers", "", "customer rows", "customer scan"},
		{"payments", "payment", "payment rows", "payment scan"},
		{"people", "person,people", "person rows", "person scan"},
		{"payments", "", "rows", "table scan"},
	} {
		found := noun.Of(test.table, test.name)
		require.Equal(t, test.rows, found.Rows())
		require.Equal(t, test.scan, found.Scan())
	}
	require.Equal(t, "Payments", noun.Title("payments"))
	require.Equal(t, "Äpfel", noun.Title("äpfel"))
	require.Empty(t, noun.Title(""))
}

// TestWhatIsNoNoun: it stands on terminals, in Markdown and in Temporal's summaries.
func TestWhatIsNoNoun(t *testing.T) {
	for _, name := range []string{" ", "a,", ",a", "a,b,c", " payment", "payment ", "a  b", "a\nb", "a\x1b[2J", "**a**", "a|b", "-", strings.Repeat("a", 41)} {
		require.Error(t, noun.Check(name), "%q", name)
	}
}
