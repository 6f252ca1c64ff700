package books

import "context"

// refuseOtherTypes refuses a table whose key columns have become of another type or
// collation than the worker has read them with, or than the ledger keeps them with: rows
// could not be entered there, or would be taken for others that are.
func (b *Books) refuseOtherTypes(ctx context.Context) error {
	now, err := b.store.Columns(ctx, "")
	if err != nil || now == nil {
		return err
	}
	for _, key := range b.subject.Columns {
		if is := typeOf(now, key.Name); is != "" && is != key.Type {
			return b.refused("column %s of the table's key is %s now, and was %s when the worker started; restart the worker", key.Name, is, key.Type)
		}
	}
	kept, err := b.store.Columns(ctx, b.ledger)
	if err != nil {
		return err
	}
	for _, key := range b.subject.Columns {
		if was := typeOf(kept, key.Name); was != "" && was != key.Type {
			return b.refused("it keeps column %s of the key as %s, and the table has it as %s now, so that rows could not be entered, or would be taken for others that are; "+
				"change the type of that column in table %s, too (ALTER TABLE), or forget the ledger with \"starter ledger drop\" if a check tells which rows still need it", key.Name, was, key.Type, b.dialect.Own(b.ledger))
		}
	}
	return nil
}

// typeOf is a column's type; empty: there is no such column.
func typeOf(columns []Column, name string) string {
	for _, column := range columns {
		if column.Name == name {
			return column.Type
		}
	}
	return ""
}
