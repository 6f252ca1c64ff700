package databasetest

import (
	"context"
	"database/sql"
	"strings"
)

// sqlActions are a site's by SQL.
type sqlActions struct{ *fixture }

func (s sqlActions) execute(statement string, arguments ...any) error {
	_, err := s.DB.ExecContext(context.Background(), s.rebind(statement), arguments...)
	return err
}

func (s sqlActions) Add(key []any, name string, amount int64) error {
	columns := "id"
	if len(key) == 2 {
		columns = "region, id"
	}
	return s.execute("INSERT INTO customers ("+columns+", name, amount) VALUES ("+strings.Repeat("?, ", len(key))+"?, ?)", append(key, name, amount)...)
}

func (s sqlActions) Set(name, column string, value any) error {
	return s.execute("UPDATE customers SET "+column+" = ? WHERE name = ?", value, name)
}

func (s sqlActions) Count(name string) error {
	return s.execute("UPDATE customers SET amount = amount + 1 WHERE name = ?", name)
}

func (s sqlActions) Delete(name string) error {
	return s.execute("DELETE FROM customers WHERE name = ?", name)
}

func (s sqlActions) AddNote(name string) error {
	return s.execute("INSERT INTO notes (name) VALUES (?)", name)
}

func (s sqlActions) Clear(table string) error { return s.execute("DELETE FROM " + table) }

func (s sqlActions) Drop(table string) error { return s.execute("DROP TABLE " + table) }

func (s sqlActions) Rows(table string, columns ...string) ([][]string, error) {
	order := ""
	if table == "customers" {
		order = " ORDER BY " + s.kind.orderBy()
	}
	rows, err := s.DB.QueryContext(context.Background(), "SELECT "+strings.Join(columns, ", ")+" FROM "+table+order)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var found [][]string
	for rows.Next() {
		values, targets := make([]sql.NullString, len(columns)), make([]any, len(columns))
		for i := range values {
			targets[i] = &values[i]
		}
		if err := rows.Scan(targets...); err != nil {
			return nil, err
		}
		texts := make([]string, len(values))
		for i, value := range values {
			texts[i] = value.String
		}
		found = append(found, texts)
	}
	return found, rows.Err()
}
