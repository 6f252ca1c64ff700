// Package loops are migrations as one writes them by hand, plainly and well: no
// retries, no resumption, nothing that outlives the process. They enter each
// customer into a ledger of db-migrate's own form, in the transaction of the
// update.
package loops

import (
	"strings"

	"db-migrate/migration/contact"
)

// setSize is how many customers a set has.
const setSize = 1000

// customer is a row as it is read.
type customer struct {
	id int64
	// old are the columns in the order of columnNames; nil is NULL.
	old [7]*string
}

// columnNames are those that are read, of which the last four are written. All
// are compared.
func columnNames() []string {
	return []string{"full_name", "phone", "email", "first_name", "last_name", "phone_e164", "email_normalized"}
}

// selected are the key and the columns.
const selected = "id, full_name, phone, email, first_name, last_name, phone_e164, email_normalized"

// targets is where a row is scanned to.
func (c *customer) targets() []any {
	targets := []any{&c.id}
	for i := range c.old {
		targets = append(targets, &c.old[i])
	}
	return targets
}

// filled reports whether the customer was migrated before.
func (c *customer) filled() bool {
	for _, value := range c.old[3:] {
		if value == nil {
			return false
		}
	}
	return true
}

// change is a customer with the values that are to be written.
type change struct {
	customer
	new [4]string
}

// change computes the new values, by the functions of the shipped example.
func (c *customer) change() (change, error) {
	made := change{customer: *c}
	var err error
	if made.new[0], made.new[1], err = contact.SplitName(text(c.old[0])); err != nil {
		return made, err
	}
	if made.new[2], err = contact.NormalizePhone(text(c.old[1])); err != nil {
		return made, err
	}
	made.new[3], err = contact.NormalizeEmail(text(c.old[2]))
	return made, err
}

func text(value *string) string {
	if value == nil {
		return ""
	}
	return *value
}

// changes are those of the customers who need one.
func changes(customers []customer) ([]change, error) {
	made := make([]change, 0, len(customers))
	for i := range customers {
		if customers[i].filled() {
			continue
		}
		one, err := customers[i].change()
		if err != nil {
			return nil, err
		}
		made = append(made, one)
	}
	return made, nil
}

// ones are as many numbers for the ledger's columns: run, range, outcome.
func ones(columns []string) string {
	return strings.TrimSuffix(strings.Repeat("1, ", len(columns)), ", ")
}
