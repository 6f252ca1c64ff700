package driverkit

import (
	"slices"
	"strconv"
	"strings"

	"db-migrate/database"
	"db-migrate/database/books"
)

// Arguments are those of a statement that is being written.
type Arguments struct {
	Values []any
	// Marks: placeholders are question marks; else $1, $2 and so on.
	Marks bool
}

// Add adds an argument, and returns its placeholder.
func (a *Arguments) Add(value any) string {
	a.Values = append(a.Values, value)
	if a.Marks {
		return "?"
	}
	return "$" + strconv.Itoa(len(a.Values))
}

// KeyColumn is a column of a table's key.
type KeyColumn struct {
	// Name is the database's, Quoted the same as SQL, and Selected as it is selected, so
	// that its value comes as it is stored.
	Name, Quoted, Selected string
	// Text is a value's text in a key; it is not asked about NULL.
	Text func(value any) (string, error)
	// Argument is the value that a key's text stands for.
	Argument func(text string) (any, error)
	// Typed makes a value of the column's own type of a placeholder.
	Typed func(placeholder string) string
}

// Keys is the key of a table as SQL.
type Keys struct {
	// Table is the table's name for errors.
	Table   string
	Columns []KeyColumn
	// Marks: placeholders are question marks.
	Marks bool
	// WrittenOut: rows are compared column by column, since the server uses no index for
	// a comparison of tuples.
	WrittenOut bool
	// AtOnce is how many keys one statement takes; 0: any number.
	AtOnce int
	// Set writes keys as they stand in the brackets of IN; a nil key stands for one whose
	// values do not matter.
	Set func(arguments *Arguments, keys []database.Key) (string, error)
	// Among is the condition that the key is one of these; nil: by IN and Set.
	Among func(arguments *Arguments, keys []database.Key) (string, error)
}

// KeyColumns are the names of the key's columns.
func (k *Keys) KeyColumns() []string {
	return k.each(func(column KeyColumn) string { return column.Name })
}

// Names are they as SQL, List the same behind each other, and Tuple in brackets if there
// are several.
func (k *Keys) Names() []string {
	return k.each(func(column KeyColumn) string { return column.Quoted })
}

// List are the names with commas.
func (k *Keys) List() string { return strings.Join(k.Names(), ", ") }

// Tuple are the names as they are compared.
func (k *Keys) Tuple() string { return Tuple(k.Names()) }

// SelectedList are the columns as they are selected.
func (k *Keys) SelectedList() string {
	return strings.Join(k.each(func(column KeyColumn) string { return column.Selected }), ", ")
}

// Order is what stands behind ORDER BY; direction is empty, or DESC with a blank.
func (k *Keys) Order(direction string) string {
	return strings.Join(k.each(func(column KeyColumn) string { return column.Quoted + direction }), ", ")
}

func (k *Keys) each(form func(KeyColumn) string) []string {
	list := make([]string, len(k.Columns))
	for i, column := range k.Columns {
		list[i] = form(column)
	}
	return list
}

// Tuple puts several parts in brackets.
func Tuple(parts []string) string {
	if len(parts) == 1 {
		return parts[0]
	}
	return "(" + strings.Join(parts, ", ") + ")"
}

// Place is the column of the key that a parameter names; :id is the first.
func (k *Keys) Place(parameter string) int {
	return max(0, slices.Index(k.KeyColumns(), parameter))
}

// CheckWidth refuses keys of another number of columns.
func (k *Keys) CheckWidth(key database.Key) error {
	if len(key) == len(k.Columns) {
		return nil
	}
	return Broken("key %s has %d values; the key of table %s has %d columns, with a tab between them: $'EU\\t8'", key, len(key), k.Table, len(k.Columns))
}

// Key makes a key of the values at the beginning of a row.
func (k *Keys) Key(values books.Values) (database.Key, error) { return keyOf(k, values) }

// KeyOfTexts is Key for a database that prints all values.
func (k *Keys) KeyOfTexts(texts Texts) (database.Key, error) { return keyOf(k, texts) }

func keyOf[V any](k *Keys, values []V) (database.Key, error) {
	key := make(database.Key, len(k.Columns))
	for i := range k.Columns {
		value := any(values[i])
		if text, isText := value.(*string); value == nil || isText && text == nil {
			return nil, Broken("key column %s of table %s is NULL", k.Columns[i].Name, k.Table)
		}
		var err error
		if key[i], err = k.Columns[i].Text(value); err != nil {
			return nil, err
		}
	}
	return key, nil
}

// Value is a key's value in a column, as an argument; that of a nil key is NULL.
func (k *Keys) Value(column int, key database.Key) (any, error) {
	if key == nil {
		return nil, nil
	}
	if err := k.CheckWidth(key); err != nil {
		return nil, err
	}
	return k.Columns[column].Argument(key[column])
}

// Mark writes a key's values, one for each column.
func (k *Keys) Mark(arguments *Arguments, key database.Key) ([]string, error) {
	marks := make([]string, len(k.Columns))
	for i := range k.Columns {
		value, err := k.Value(i, key)
		if err != nil {
			return nil, err
		}
		marks[i] = k.Columns[i].Typed(arguments.Add(value))
	}
	return marks, nil
}

// MarkAll writes keys behind each other, each in brackets if it has several columns.
func (k *Keys) MarkAll(arguments *Arguments, keys []database.Key) (string, error) {
	list := make([]string, len(keys))
	for i, key := range keys {
		marks, err := k.Mark(arguments, key)
		if err != nil {
			return "", err
		}
		list[i] = Tuple(marks)
	}
	return strings.Join(list, ", "), nil
}

// OneOf is the condition that the key is one of these.
func (k *Keys) OneOf(arguments *Arguments, keys []database.Key) (string, error) {
	if k.Among != nil {
		return k.Among(arguments, keys)
	}
	set, err := k.Set(arguments, keys)
	return k.Tuple() + " IN (" + set + ")", err
}

// Portions are keys in as many parts as one statement each can take.
func (k *Keys) Portions(keys []database.Key) [][]database.Key {
	if k.AtOnce == 0 || len(keys) <= k.AtOnce {
		return slices.Collect(slices.Chunk(keys, max(1, len(keys))))
	}
	return slices.Collect(slices.Chunk(keys, k.AtOnce))
}

// Side is one end of a stretch of keys, as SQL compares with it.
type Side struct {
	Operator string
	Key      database.Key
}

// between are the sides of a stretch after one key and up to another; nil: no end.
func between(after, upTo database.Key) []Side { return []Side{{">", after}, {"<=", upTo}} }

// Where is the WHERE clause for the keys of a stretch, and for further conditions
// without arguments; empty: there is none. Sides without a key are left out.
func (k *Keys) Where(arguments *Arguments, sides []Side, conditions ...string) (string, error) {
	condition, err := k.Condition(arguments, sides, conditions...)
	if condition == "" {
		return "", err
	}
	return " WHERE " + condition, err
}

// Condition is that of Where alone; empty: it is always true.
func (k *Keys) Condition(arguments *Arguments, sides []Side, conditions ...string) (string, error) {
	for _, side := range sides {
		if side.Key == nil {
			continue
		}
		condition, err := k.beyond(arguments, side)
		if err != nil {
			return "", err
		}
		conditions = append(conditions, condition)
	}
	return strings.Join(conditions, " AND "), nil
}

// beyond compares the key with one end of a stretch.
func (k *Keys) beyond(arguments *Arguments, side Side) (string, error) {
	if k.WrittenOut && len(k.Columns) > 1 {
		return k.writtenOut(arguments, side)
	}
	return k.Beyond(arguments, k.Tuple(), side)
}

// Beyond compares the key, as somebody has written it, with one end of a stretch.
func (k *Keys) Beyond(arguments *Arguments, written string, side Side) (string, error) {
	marks, err := k.Mark(arguments, side.Key)
	return written + " " + side.Operator + " " + Tuple(marks), err
}

// writtenOut is a comparison of tuples, column by column: a > 1 OR a = 1 AND b > 2, and
// a >= 1 before it, for the index.
func (k *Keys) writtenOut(arguments *Arguments, side Side) (string, error) {
	strict, last := strings.TrimSuffix(side.Operator, "="), len(k.Columns)-1
	var problem error
	compared := func(at int, operator string) string {
		value, err := k.Value(at, side.Key)
		if err != nil {
			problem = err
		}
		return k.Columns[at].Quoted + " " + operator + " " + k.Columns[at].Typed(arguments.Add(value))
	}
	text := compared(0, strict+"=") + " AND ("
	for i := range k.Columns {
		if i > 0 {
			text += " OR "
		}
		for equal := range i {
			text += compared(equal, "=") + " AND "
		}
		operator := strict
		if i == last {
			operator = side.Operator
		}
		text += compared(i, operator)
	}
	return text + ")", problem
}
