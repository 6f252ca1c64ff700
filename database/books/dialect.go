package books

import (
	"fmt"
	"strings"
)

// Dialect is how a database writes the statements of the books.
type Dialect struct {
	// Bind puts the database's placeholders in place of question marks; Own is the
	// name of a table of ours as SQL, and Quote any name.
	Bind  func(text string) string
	Own   func(table string) string
	Quote func(name string) string
	// Where says where our tables lie, for people, and Schema what to name in
	// connection/schema.
	Where, Schema string
	// Types are the types of our columns, Options what follows a table's columns.
	Types   Types
	Options string
	// Upsert is a statement that puts a row in the place of the one with the same key.
	Upsert func(table string, key, others []string) string
	// Now is the time, and Seconds a time as seconds since 1970.
	Now     string
	Seconds func(column string) string
	// ForUpdate ends a SELECT that locks its rows; empty: the transaction is alone.
	ForUpdate string
	// ForShare ends the SELECT that proves a run alive: it locks the run's row, so that
	// the run's end waits for the transaction; empty: that is known in another way.
	ForShare string
	// Gone is a condition, with its AND, that the table of a row's column customers is not
	// there any more, where a storage may come to another table; empty: it does not.
	Gone string
	// Together: tables are created and dropped in transactions, all or none.
	Together bool
	// NameLimit is how many bytes a table's name may have.
	NameLimit int
}

// Types are the types of the columns in our tables.
type Types struct {
	// Number counts itself.
	Number string
	// Small and Int hold the numbers of runs and ranges, Big those of sequences.
	Small, Int, Big string
	// Name holds names of up to 190 characters, Words up to 500, Text any text, and
	// Key the text of a key, compared by its bytes.
	Name, Words, Text, Key string
	Flag, Time             string
	// Began is a time with now as its default.
	Began string
}

// upsertByConflict is Upsert with ON CONFLICT.
func upsertByConflict(own func(string) string) func(string, []string, []string) string {
	return func(table string, key, others []string) string {
		sets := make([]string, len(others))
		for i, column := range others {
			sets[i] = column + " = excluded." + column
		}
		return insert(own(table), append(append([]string{}, key...), others...)) +
			fmt.Sprintf(" ON CONFLICT (%s) DO UPDATE SET %s", strings.Join(key, ", "), strings.Join(sets, ", "))
	}
}

// insert inserts a row, with a parameter for each column.
func insert(table string, columns []string) string { return put("INSERT", table, columns) }

func put(verb, table string, columns []string) string {
	marks := strings.TrimSuffix(strings.Repeat("?, ", len(columns)), ", ")
	return fmt.Sprintf("%s INTO %s (%s) VALUES (%s)", verb, table, strings.Join(columns, ", "), marks)
}

// upsertByReplace is Upsert with REPLACE.
func upsertByReplace(own func(string) string) func(string, []string, []string) string {
	return func(table string, key, others []string) string {
		return put("REPLACE", own(table), append(append([]string{}, key...), others...))
	}
}

// PostgreSQL is the dialect of a schema of PostgreSQL.
func PostgreSQL(schema string, quote func(string) string) Dialect {
	own := func(table string) string { return quote(schema) + "." + quote(table) }
	return Dialect{Bind: numbered, Own: own, Quote: quote, Where: "schema " + schema, Schema: schema,
		Types: Types{Number: "integer GENERATED ALWAYS AS IDENTITY", Small: "smallint", Int: "integer", Big: "bigint", Name: "text", Words: "text",
			Text: "text", Key: `text COLLATE "C"`, Flag: "boolean", Time: "timestamptz", Began: "timestamptz NOT NULL DEFAULT now()"},
		Upsert: upsertByConflict(own), Now: "now()", Seconds: func(column string) string { return "extract(epoch FROM " + column + ")::bigint" },
		ForUpdate: " FOR UPDATE", Together: true, NameLimit: postgresLimit}
}

// MySQL is the dialect of a database of MySQL and MariaDB.
func MySQL(schema string, quote func(string) string) Dialect {
	own := func(table string) string { return quote(schema) + "." + quote(table) }
	return Dialect{Bind: func(text string) string { return text }, Own: own, Quote: quote, Where: "database " + schema, Schema: schema,
		Types: Types{Number: "INT NOT NULL AUTO_INCREMENT", Small: "INT", Int: "INT", Big: "BIGINT", Name: "VARCHAR(190)", Words: "VARCHAR(500)",
			Text: "TEXT", Key: "VARBINARY(2800)", Flag: "BOOLEAN", Time: "DATETIME", Began: "DATETIME NOT NULL DEFAULT (UTC_TIMESTAMP())"},
		Options: " ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin",
		Upsert:  upsertByReplace(own), Now: "UTC_TIMESTAMP()", Seconds: func(column string) string { return "TIMESTAMPDIFF(SECOND, '1970-01-01', " + column + ")" },
		ForUpdate: " FOR UPDATE", ForShare: " LOCK IN SHARE MODE", NameLimit: mysqlLimit}
}

// SQLite is the dialect of a file.
func SQLite(quote func(string) string) Dialect {
	own := func(table string) string {
		if strings.Map(plainLetter, table) == table {
			return table
		}
		return quote(table)
	}
	return Dialect{Bind: func(text string) string { return text }, Own: own, Quote: quote, Where: "the file", Schema: "",
		Types: Types{Number: "INTEGER", Small: "INTEGER", Int: "INTEGER", Big: "INTEGER", Name: "TEXT", Words: "TEXT", Text: "TEXT", Key: "TEXT",
			Flag: "INTEGER", Time: "INTEGER", Began: "INTEGER NOT NULL DEFAULT (unixepoch())"},
		Gone:   " AND NOT EXISTS (SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = customers)",
		Upsert: upsertByConflict(own), Now: "unixepoch()", Seconds: func(column string) string { return column }, Together: true, NameLimit: sqliteLimit}
}

// Bounds of a table's name. PostgreSQL cuts longer ones without a word (NAMEDATALEN
// - 1, less what a primary key adds); MySQL's bound is 64 characters; SQLite has
// none, and people read names.
const (
	postgresLimit = 63 - len(KeySuffix)
	mysqlLimit    = 64
	sqliteLimit   = 120
)

// KeySuffix is what the ledger's primary key adds to its name.
const KeySuffix = "_pkey"

// numbered puts $1, $2 and so on in place of question marks that stand outside of
// quotes.
func numbered(text string) string {
	var bound strings.Builder
	count, quote := 0, rune(0)
	for _, letter := range text {
		switch {
		case quote == 0 && letter == '?':
			count++
			fmt.Fprintf(&bound, "$%d", count)
			continue
		case quote == 0 && (letter == '"' || letter == '\''):
			quote = letter
		case letter == quote:
			quote = 0
		}
		bound.WriteRune(letter)
	}
	return bound.String()
}
