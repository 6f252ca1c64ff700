package mysql

import (
	"strings"

	"db-migrate/database/examine"
)

// separator stands between the names of a list.
const separator = "\n"

// notices looks at what will feel the migration. What the worker's user may not
// see is said to be unseen.
func (e *examination) notices() error {
	for _, look := range []struct {
		what string
		do   func() error
	}{
		{"triggers", e.triggers}, {"columns", e.columnNotices}, {"indexes", e.indexNotices}, {"foreign keys", e.foreignKeys},
		{"the binary log", e.binaryLog}, {"replicas", e.replicas}, {"durability", e.durability}, {"the time zone", e.timeZone}, {"statistics", e.statistics},
	} {
		if err := look.do(); err != nil {
			if e.ctx.Err() != nil {
				return e.ctx.Err()
			}
			e.add(examine.Unseen(look.what, err))
		}
	}
	return nil
}

// each hands the values of each row to use, as texts; NULL is the empty text.
func (e *examination) each(text string, arguments []any, use func([]string)) error {
	return query(e.ctx, e.readers, text, arguments, func(values [][]byte) error {
		texts := make([]string, len(values))
		for i, value := range values {
			texts[i] = string(value)
		}
		use(texts)
		return nil
	})
}

func (e *examination) names() []any { return []any{e.schema, e.name} }

func (e *examination) triggers() error {
	return e.each(`SELECT trigger_name, action_timing FROM information_schema.triggers
		WHERE event_object_schema = ? AND event_object_table = ? AND event_manipulation = 'UPDATE' ORDER BY trigger_name`, e.names(), func(values []string) {
		if notice, fires := (examine.Trigger{Name: values[0], When: values[1]}).Notice(e.written); fires {
			e.add(notice)
		}
	})
}

func (e *examination) columnNotices() error {
	return e.each(`SELECT column_name, extra, generation_expression FROM information_schema.columns
		WHERE table_schema = ? AND table_name = ? ORDER BY ordinal_position`, e.names(), func(values []string) {
		name, extra := values[0], strings.ToLower(values[1])
		written := examine.Common([]string{name}, e.written)
		switch {
		case strings.Contains(extra, "on update") && !written:
			e.add(examine.Loud("column %s is set ON UPDATE: every migrated customer will look CHANGED NOW to whoever finds changed rows by it (an export, a search index)", name))
			return
		case values[2] != "":
			e.add(examine.Generated(name, values[2]))
		}
		if notice, found := examine.ChangeTime(name, e.written); found {
			e.add(notice)
		}
	})
}

func (e *examination) indexNotices() error {
	return e.each(`SELECT index_name, GROUP_CONCAT(COALESCE(column_name, 'an expression') ORDER BY seq_in_index SEPARATOR '\n') FROM information_schema.statistics
		WHERE table_schema = ? AND table_name = ? GROUP BY index_name ORDER BY index_name`, e.names(), func(values []string) {
		if columns := strings.Split(values[1], separator); examine.Common(columns, e.written) {
			e.add(examine.Index(values[0], columns))
		}
	})
}

func (e *examination) foreignKeys() error {
	err := e.each(`SELECT constraint_name, referenced_table_name, GROUP_CONCAT(column_name ORDER BY ordinal_position SEPARATOR '\n') FROM information_schema.key_column_usage
		WHERE table_schema = ? AND table_name = ? AND referenced_table_name IS NOT NULL GROUP BY constraint_name, referenced_table_name ORDER BY 1`, e.names(), func(values []string) {
		if columns := strings.Split(values[2], separator); examine.Common(columns, e.written) {
			e.add(examine.ForeignKeyFrom(values[0], columns, values[1]))
		}
	})
	if err != nil {
		return err
	}
	return e.each(`SELECT constraint_name, table_name, GROUP_CONCAT(referenced_column_name ORDER BY ordinal_position SEPARATOR '\n') FROM information_schema.key_column_usage
		WHERE referenced_table_schema = ? AND referenced_table_name = ? GROUP BY constraint_name, table_name ORDER BY 1`, e.names(), func(values []string) {
		if columns := strings.Split(values[2], separator); examine.Common(columns, e.written) {
			e.add(examine.ForeignKeyTo(values[0], values[1], columns))
		}
	})
}

// binaryLog is read by replicas and by change data capture. One of statements
// refuses the writes of sessions whose isolation is READ COMMITTED.
func (e *examination) binaryLog() error {
	return e.each("SELECT @@log_bin, @@session.binlog_format, @@session.binlog_row_image, @@global.read_only", nil, func(values []string) {
		switch {
		case values[0] != "1":
		case values[1] == "STATEMENT":
			e.seen.Problems = append(e.seen.Problems, "the server's binlog_format is STATEMENT, with which InnoDB refuses every write at READ COMMITTED; SET GLOBAL binlog_format = 'ROW' (or MIXED)")
		default:
			e.add(examine.Notice("the binary log is on (binlog_format %s, row image %s): every migrated customer is written to it, and read by replicas and change data capture", values[1], values[2]))
		}
		if values[3] != "0" && !strings.EqualFold(values[3], "OFF") {
			e.add(examine.Loud("the server is READ ONLY (a replica?): only a user with a right of its own can write to it"))
		}
	})
}

// replicas are seen with the right PROCESS only.
func (e *examination) replicas() error {
	return e.each("SELECT user, host FROM information_schema.processlist WHERE command LIKE 'Binlog Dump%' ORDER BY 1, 2", nil, func(values []string) {
		e.add(examine.Notice("a replica or the like reads the binary log (user %s from %s), and may lag behind; customer-migration/rate slows the migration down", values[0], values[1]))
	})
}

func (e *examination) statistics() error {
	return e.each(`SELECT COUNT(*) FROM information_schema.statistics WHERE table_schema = ? AND table_name = ? AND index_name = ? AND seq_in_index = 1 AND COALESCE(cardinality, 0) = 0`,
		[]any{e.schema, e.name, e.index}, func(values []string) {
			if values[0] != "0" && len(e.seen.Statements) > 0 {
				e.add(examine.Notice("there are no statistics of the table: the server guesses its size and plans; ANALYZE TABLE %s", e.customers()))
			}
		})
}
