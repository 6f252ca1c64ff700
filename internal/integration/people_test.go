package integration_test

import (
	"database/sql"
	"testing"

	gocql "github.com/apache/cassandra-gocql-driver/v2"
	"github.com/stretchr/testify/require"

	"db-migrate/migration/contact"
)

// person is a customer's row: the old columns, and the new ones, of which null
// ones are nil.
type person struct {
	full, phone, email string
	made               [4]*string
}

// migrated is what the migration makes of the old columns.
func (p person) migrated() ([4]string, error) {
	first, last, err := contact.SplitName(p.full)
	if err != nil {
		return [4]string{}, err
	}
	phone, err := contact.NormalizePhone(p.phone)
	if err != nil {
		return [4]string{}, err
	}
	email, err := contact.NormalizeEmail(p.email)
	return [4]string{first, last, phone, email}, err
}

// nulls is how many of the new columns are null.
func (p person) nulls() int {
	count := 0
	for _, value := range p.made {
		if value == nil {
			count++
		}
	}
	return count
}

const (
	madeColumns   = "first_name, last_name, phone_e164, email_normalized"
	personColumns = "id, full_name, phone, email, " + madeColumns
)

// people reads all customers; ids has them in the order of the scan.
func (v *server) people() (found map[int]person, ids []int) {
	v.Helper()
	if v.driver == "cassandra" {
		session := v.session()
		defer session.Close()
		return cassandraPeople(v, session)
	}
	opened := v.open()
	defer opened.Close()
	rows, err := opened.Query("SELECT " + personColumns + " FROM customers ORDER BY id")
	require.NoError(v, err)
	defer rows.Close()
	found = map[int]person{}
	for rows.Next() {
		var id int
		var p person
		var made [4]sql.NullString
		require.NoError(v, rows.Scan(&id, &p.full, &p.phone, &p.email, &made[0], &made[1], &made[2], &made[3]))
		for i, value := range made {
			if value.Valid {
				p.made[i] = &value.String
			}
		}
		found[id], ids = p, append(ids, id)
	}
	require.NoError(v, rows.Err())
	return found, ids
}

func cassandraPeople(t testing.TB, session *gocql.Session) (found map[int]person, ids []int) {
	rows := session.Query("SELECT " + personColumns + " FROM customers").Iter()
	found = map[int]person{}
	for {
		var id int
		var p person
		if !rows.Scan(&id, &p.full, &p.phone, &p.email, &p.made[0], &p.made[1], &p.made[2], &p.made[3]) {
			require.NoError(t, rows.Close())
			return found, ids
		}
		found[id], ids = p, append(ids, id)
	}
}

// text are columns with the empty text for NULL.
func text(columns [4]sql.NullString) (texts [4]string) {
	for i, column := range columns {
		texts[i] = column.String
	}
	return texts
}
