package wild_test

import (
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"db-migrate/examples/customers/wild"
	"db-migrate/migration/contact"
)

var update = flag.Bool("update", false, "write the golden files anew")

// The truth that the customers were made from is what the migration finds.
func TestMigrationFindsTheTruth(t *testing.T) {
	for index := range 20_000 {
		customer := wild.New(7, index)
		got, err := migrated(customer)
		require.NoError(t, err, "%+v", customer)
		require.Equal(t, customer.Expected, got, "%+v", customer)
	}
}

func TestPoisonedCustomersCannotBeMigrated(t *testing.T) {
	for index := range 2_000 {
		customer := wild.NewPoisoned(7, index)
		_, err := migrated(customer)
		require.Error(t, err, "%+v", customer)
		require.True(t, customer.Poisoned && !customer.Filled && customer.Expected == wild.Contact{})
	}
}

func migrated(customer wild.Customer) (found wild.Contact, err error) {
	if found.FirstName, found.LastName, err = contact.SplitName(customer.FullName); err != nil {
		return found, err
	}
	if found.PhoneE164, err = contact.NormalizePhone(customer.Phone); err != nil {
		return found, err
	}
	found.EmailNormalized, err = contact.NormalizeEmail(customer.Email)
	return found, err
}

func TestCustomersStayAsTheyAre(t *testing.T) {
	var lines strings.Builder
	for index := range 80 {
		customer := wild.New(1, index)
		fmt.Fprintf(&lines, "%q %q %q filled=%v\n    %q\n", customer.FullName, customer.Phone, customer.Email, customer.Filled, customer.Expected)
	}
	const file = "testdata/customers.golden"
	if *update {
		require.NoError(t, os.WriteFile(file, []byte(lines.String()), 0o644))
	}
	want, err := os.ReadFile(file)
	require.NoError(t, err)
	assert.Equal(t, string(want), lines.String())
}

func TestAboutATenthIsFilled(t *testing.T) {
	filled := 0
	for index := range 10_000 {
		if wild.New(3, index).Filled {
			filled++
		}
	}
	assert.InDelta(t, 1_000, filled, 100)
}

func TestPoisonIsExactAndScattered(t *testing.T) {
	for _, population := range []wild.Population{
		{Rows: 1000, Seed: 1, Poison: 0},
		{Rows: 1000, Seed: 1, Poison: 1},
		{Rows: 1000, Seed: 1, Poison: 7},
		{Rows: 1000, Seed: 1, Poison: 999},
		{Rows: 1000, Seed: 1, Poison: 1000},
		{Rows: 1000, Seed: 1, Stretch: wild.Stretch{From: 0, Count: 1000}},
		{Rows: 1000, Seed: 1, Poison: 13, Stretch: wild.Stretch{From: 400, Count: 100}},
		{Rows: 1000, Seed: 1, Poison: 600, Stretch: wild.Stretch{From: 0, Count: 400}},
	} {
		t.Run(fmt.Sprint(population), func(t *testing.T) {
			require.NoError(t, population.Validate())
			found := poisoned(population)
			assert.Len(t, found, population.Poison+population.Stretch.Count)
			for index := range population.Stretch.Count {
				assert.Contains(t, found, population.Stretch.From+index)
			}
		})
	}
	first := poisoned(wild.Population{Rows: 1000, Seed: 1, Poison: 10})
	assert.NotEqual(t, first, poisoned(wild.Population{Rows: 1000, Seed: 2, Poison: 10}), "another seed")
	for part, index := range first {
		assert.Equal(t, part, index/100, "one in each tenth")
	}
}

func poisoned(population wild.Population) []int {
	var found []int
	for index := range population.Rows {
		if population.Customer(index).Poisoned {
			found = append(found, index)
		}
	}
	return found
}

func TestValidateRefuses(t *testing.T) {
	for want, population := range map[string]wild.Population{
		"rows is -1; it must be 0 or more":                                                                     {Rows: -1},
		"poison is 11; it must be 0 to 10, the rows outside of the poison stretch":                             {Rows: 10, Poison: 11},
		"poison is 9; it must be 0 to 8, the rows outside of the poison stretch":                               {Rows: 10, Poison: 9, Stretch: wild.Stretch{From: 1, Count: 2}},
		"the poison stretch is 9:2; it must lie within the 10 rows, the first of which is 0":                   {Rows: 10, Stretch: wild.Stretch{From: 9, Count: 2}},
		"the poison stretch is 1:9223372036854775807; it must lie within the 10 rows, the first of which is 0": {Rows: 10, Stretch: wild.Stretch{From: 1, Count: 1<<63 - 1}},
	} {
		assert.EqualError(t, population.Validate(), want)
	}
}

func TestUUIDsRiseAndAreOfVersion4(t *testing.T) {
	for _, rows := range []int{1, 2, 1000} {
		population := wild.Population{Rows: rows, Seed: 5}
		var ids []string
		for index := range rows {
			ids = append(ids, population.UUID(index))
			assert.Regexp(t, `^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`, ids[index])
		}
		assert.True(t, slices.IsSorted(ids))
		assert.Len(t, slices.Compact(ids), rows)
	}
}

func BenchmarkNew(b *testing.B) {
	b.ReportAllocs()
	index := 0
	for b.Loop() {
		wild.New(1, index)
		index++
	}
}
