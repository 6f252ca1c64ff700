package postgres

import (
	"fmt"
	"strings"

	"db-migrate/database"
	"db-migrate/database/books"
)

// statementLine writes customers by the plan's statement, if there is one only and
// it is written for one customer; nil: it is not.
func (t *table) statementLine(mark database.Mark, writes []database.Write) ([]line, error) {
	if len(t.migrate) != 1 || t.migrate[0].set || t.migrate[0].FirstWord() != "UPDATE" {
		return nil, nil
	}
	one := line{text: t.statementText(), values: make([][][]byte, len(writes)), places: make([]int, len(writes))}
	for i, write := range writes {
		if len(write.Row.Key) != len(t.keys) {
			return nil, t.keyWidth(write.Row.Key)
		}
		one.places[i] = i
		for k, part := range write.Row.Key {
			one.values[i] = append(one.values[i], []byte(t.keys[k].argument(part)))
		}
		one.values[i] = append(one.values[i], fmt.Append(nil, mark.Run.Number), fmt.Append(nil, mark.Sequence), []byte(mark.Run.ID))
	}
	return []line{one}, nil
}

// statementText is the plan's statement with the customer's ledger row. A row that
// its parameters do not name fails it by a division by zero: nothing is written,
// and the statement is run again on its own, which finds out what is wrong with
// it.
func (t *table) statementText() string {
	keys, list := make([]string, len(t.keys)), aliases(len(t.keys))
	for i, column := range t.keys {
		keys[i] = column.cast(fmt.Sprintf("$%d", i+1))
	}
	migrate := t.migrate[0].Fill(func(name string) string { return keys[t.keyPlace(name)] })
	columns := strings.Join(list, ", ")
	return fmt.Sprintf("WITH db_migrate_updated (%s) AS (%s\n) INSERT INTO %s (%s) SELECT %s, %s, $%d::int, %d / CASE WHEN %s = %s THEN 1 ELSE 0 END FROM db_migrate_updated",
		columns, migrate, t.own(t.ledger), t.entered(), columns, t.Proof(fmt.Sprintf("$%d::int", len(keys)+1), fmt.Sprintf("$%d::text", len(keys)+3)), len(keys)+2, books.OutcomeMigrated, tuple(list), tuple(keys))
}
