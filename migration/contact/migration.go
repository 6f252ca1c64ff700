package contact

import (
	"context"

	"db-migrate/database"
	"db-migrate/migration"
)

// Migration is the shipped example: it splits a customer's full name, and
// normalises the phone number and the e-mail address. Customers whose new
// columns are all filled were migrated before.
func Migration() migration.Migration {
	return migration.Migration{
		Name:    "customer-contact",
		Version: "1",
		Reads:   []string{"full_name", "phone", "email"},
		Writes:  []string{"first_name", "last_name", "phone_e164", "email_normalized"},
		Change:  change,
	}
}

func change(_ context.Context, row database.Row) (database.Change, error) {
	if filled(row) {
		return database.Change{PreviouslyMigrated: true}, nil
	}
	first, last, err := SplitName(row.Text("full_name"))
	if err != nil {
		return database.Change{}, err
	}
	phone, err := NormalizePhone(row.Text("phone"))
	if err != nil {
		return database.Change{}, err
	}
	email, err := NormalizeEmail(row.Text("email"))
	if err != nil {
		return database.Change{}, err
	}
	change := database.Change{Assignments: make([]database.Assignment, 0, 4)}
	change.Set("first_name", first)
	change.Set("last_name", last)
	change.Set("phone_e164", phone)
	change.Set("email_normalized", email)
	return change, nil
}

func filled(row database.Row) bool {
	return !row.Null("first_name") && !row.Null("last_name") && !row.Null("phone_e164") && !row.Null("email_normalized")
}
