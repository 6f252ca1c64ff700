package mysql

import (
	"strings"

	"db-migrate/database/driverkit"
	"db-migrate/database/examine"
)

// notices looks at what will feel the migration.
func (e *examination) notices() error {
	return e.Notices(examine.Step{What: "triggers", Do: e.triggers}, examine.Step{What: "columns", Do: e.columnNotices}, examine.Step{What: "indexes", Do: e.indexNotices},
		examine.Step{What: "foreign keys", Do: e.foreignKeys}, examine.Step{What: "tables without transactions", Do: e.untransacted}, examine.Step{What: "the binary log", Do: e.binaryLog}, examine.Step{What: "replicas", Do: e.replicas},
		examine.Step{What: "durability", Do: e.durability}, examine.Step{What: "the time zone", Do: e.timeZone}, examine.Step{What: "statistics", Do: e.statistics})
}

func (e *examination) names() []any { return []any{e.schema, e.name} }

func (e *examination) triggers() error {
	return e.Each(`SELECT trigger_name, action_timing FROM information_schema.triggers
		WHERE event_object_schema = ? AND event_object_table = ? AND event_manipulation = 'UPDATE' ORDER BY trigger_name`, e.names(), func(values []string) {
		if notice, fires := (examine.Trigger{Name: values[0], When: values[1]}).Notice(e.Written); fires {
			e.Add(notice)
		}
	})
}

// untransacted tells of a table where what belongs to a row may be written twice.
func (e *examination) untransacted() error {
	name, err := e.withoutTransactions(e.Ctx)
	if err != nil || name == "" {
		return err
	}
	triggers, err := driverkit.Names(e.Ctx, e.setWriter.Session(), "SELECT trigger_name FROM information_schema.triggers WHERE event_object_schema = ? AND event_object_table = ? LIMIT 1", e.names()...)
	if err != nil || len(triggers) == 0 && (e.Plan.Statements == nil || len(e.Plan.Statements.Migrate) < 2) {
		return err
	}
	e.Add(examine.Loud("table %s has no transactions: what a trigger or a further statement of the migration writes to it STAYS when a set is undone, and is written once more when the set is tried again (ALTER TABLE … ENGINE=InnoDB)", name))
	return nil
}

func (e *examination) columnNotices() error {
	return e.Each(`SELECT column_name, extra, generation_expression FROM information_schema.columns
		WHERE table_schema = ? AND table_name = ? ORDER BY ordinal_position`, e.names(), func(values []string) {
		name, extra := values[0], strings.ToLower(values[1])
		written := examine.Common([]string{name}, e.Written)
		switch {
		case strings.Contains(extra, "on update") && !written:
			e.Add(examine.Loud("column %s is set ON UPDATE: every migrated row will look CHANGED NOW to whoever finds changed rows by it (an export, a search index)", name))
			return
		case values[2] != "":
			e.Add(examine.Generated(name, values[2]))
		}
		if notice, found := examine.ChangeTime(name, e.Written); found {
			e.Add(notice)
		}
	})
}

func (e *examination) indexNotices() error {
	return e.Indexes(`SELECT index_name, GROUP_CONCAT(COALESCE(column_name, 'an expression') ORDER BY seq_in_index `+eachOnALine+`) FROM information_schema.statistics
		WHERE table_schema = ? AND table_name = ? GROUP BY index_name ORDER BY index_name`, e.names())
}

// foreignKeys are those of the table's own schema: to look for others the server would open
// each table that it has.
func (e *examination) foreignKeys() error {
	return e.ForeignKeys(`SELECT constraint_name, referenced_table_name, GROUP_CONCAT(column_name ORDER BY ordinal_position `+eachOnALine+`) FROM information_schema.key_column_usage
		WHERE table_schema = ? AND table_name = ? AND referenced_table_name IS NOT NULL GROUP BY constraint_name, referenced_table_name ORDER BY 1`,
		`SELECT constraint_name, table_name, GROUP_CONCAT(referenced_column_name ORDER BY ordinal_position `+eachOnALine+`) FROM information_schema.key_column_usage
		WHERE table_schema = ? AND referenced_table_name = ? AND referenced_table_schema = table_schema GROUP BY constraint_name, table_name ORDER BY 1`, e.names())
}

// binaryLog is read by replicas and by change data capture. One of statements
// refuses the writes of sessions whose isolation is READ COMMITTED.
func (e *examination) binaryLog() error {
	return e.Each("SELECT @@log_bin, @@session.binlog_format, @@session.binlog_row_image, @@global.read_only", nil, func(values []string) {
		switch {
		case values[0] != "1":
		case values[1] == "STATEMENT":
			e.Problem("the server's binlog_format is STATEMENT, with which InnoDB refuses every write at READ COMMITTED; SET GLOBAL binlog_format = 'ROW' (or MIXED)")
		default:
			e.Add(examine.Notice("the binary log is on (binlog_format %s, row image %s): every migrated row is written to it, and read by replicas and change data capture", values[1], values[2]))
		}
		if values[3] != "0" && !strings.EqualFold(values[3], "OFF") {
			e.Add(examine.Loud("the server is READ ONLY (a replica?): only a user with a right of its own can write to it"))
		}
	})
}

// replicas are seen with the right PROCESS only.
func (e *examination) replicas() error {
	return e.Each("SELECT user, host FROM information_schema.processlist WHERE command LIKE 'Binlog Dump%' ORDER BY 1, 2", nil, func(values []string) {
		e.Add(examine.Notice("a replica or the like reads the binary log (user %s from %s), and may lag behind; customer-migration/rate slows the migration down", values[0], values[1]))
	})
}

func (e *examination) statistics() error {
	return e.Each(`SELECT COUNT(*) FROM information_schema.statistics WHERE table_schema = ? AND table_name = ? AND index_name = ? AND seq_in_index = 1 AND COALESCE(cardinality, 0) = 0`,
		[]any{e.schema, e.name, e.index}, func(values []string) {
			if values[0] != "0" && len(e.Seen.Statements) > 0 {
				e.Add(examine.Notice("there are no statistics of the table: the server guesses its size and plans; ANALYZE TABLE %s", e.From))
			}
		})
}

// durability tells what a crash of the server may take back.
func (e *examination) durability() error {
	return e.Each("SELECT @@global.innodb_flush_log_at_trx_commit, @@global.sync_binlog, @@log_bin, @@global.innodb_doublewrite", nil, func(values []string) {
		switch values[0] {
		case "0":
			e.Add(examine.TakesBack("innodb_flush_log_at_trx_commit is 0", "server", "SET GLOBAL innodb_flush_log_at_trx_commit = 1"))
		case "2":
			e.Add(examine.TakesBack("innodb_flush_log_at_trx_commit is 2", "machine", "SET GLOBAL innodb_flush_log_at_trx_commit = 1"))
		}
		if values[2] == "1" && values[1] != "1" {
			e.Add(examine.Loud("the binary log is on, and sync_binlog is %s: after a crash of the machine the REPLICAS may lack rows that were migrated, or the server rows that were reported. SET GLOBAL sync_binlog = 1", values[1]))
		}
		if values[3] == "0" || values[3] == "OFF" {
			e.Add(examine.Damages("innodb_doublewrite is off", "Turn it on, unless the file system writes pages as a whole"))
		}
	})
}

// timeZone tells in which one a migration's SQL runs.
func (e *examination) timeZone() error {
	if e.Plan.Statements == nil && e.Plan.Where == "" {
		return nil
	}
	return e.Each("SELECT IF(@@global.time_zone = 'SYSTEM', @@system_time_zone, @@global.time_zone)", nil, func(values []string) {
		site := values[0]
		if site == "+00:00" || site == "Etc/UTC" || site == "GMT" {
			site = "UTC"
		}
		zone := e.zone
		if zone == utc {
			zone = "UTC"
		}
		e.Add(examine.TimeZone(zone, site, "; time-zone=… in connection/url chooses another"))
	})
}
