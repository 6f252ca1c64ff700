package driverkit

import (
	"fmt"
	"strings"
)

// ownPrefix begins the names of our tables.
const ownPrefix = "db_migrate_"

// OwnTable refuses a table of ours: its books would be kept in the table that they are
// about.
func OwnTable(name string) error {
	if !strings.HasPrefix(strings.ToLower(name), ownPrefix) {
		return nil
	}
	return Broken("connection/table: %s is a table of db-migrate's own, or is named like one; name the table that holds the rows", name)
}

// OtherTables says which tables there are beside one that is not there; list are their
// names, with commas. Another spelling of the one that is wanted comes first.
func OtherTables(list, wanted string) string {
	for name := range strings.SplitSeq(list, ", ") {
		if plain := strings.ReplaceAll(name, `"`, ""); strings.EqualFold(plain, wanted) {
			return fmt.Sprintf("there is %s, which is another name: write connection/table=%s", plain, plain)
		}
	}
	return "there are " + list
}
