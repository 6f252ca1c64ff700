package mysql

import "db-migrate/database/examine"

// durability tells what a crash of the server may take back.
func (e *examination) durability() error {
	return e.each("SELECT @@global.innodb_flush_log_at_trx_commit, @@global.sync_binlog, @@log_bin, @@global.innodb_doublewrite", nil, func(values []string) {
		switch values[0] {
		case "0":
			e.add(examine.TakesBack("innodb_flush_log_at_trx_commit is 0", "server", "SET GLOBAL innodb_flush_log_at_trx_commit = 1"))
		case "2":
			e.add(examine.TakesBack("innodb_flush_log_at_trx_commit is 2", "machine", "SET GLOBAL innodb_flush_log_at_trx_commit = 1"))
		}
		if values[2] == "1" && values[1] != "1" {
			e.add(examine.Loud("the binary log is on, and sync_binlog is %s: after a crash of the machine the REPLICAS may lack rows that were migrated, or the server rows that were reported. SET GLOBAL sync_binlog = 1", values[1]))
		}
		if values[3] == "0" || values[3] == "OFF" {
			e.add(examine.Damages("innodb_doublewrite is off", "Turn it on, unless the file system writes pages as a whole"))
		}
	})
}

// timeZone tells in which one a migration's SQL runs.
func (e *examination) timeZone() error {
	if e.plan.Statements == nil && e.plan.Where == "" {
		return nil
	}
	return e.each("SELECT IF(@@global.time_zone = 'SYSTEM', @@system_time_zone, @@global.time_zone)", nil, func(values []string) {
		site := values[0]
		if site == "+00:00" || site == "Etc/UTC" || site == "GMT" {
			site = "UTC"
		}
		e.add(examine.TimeZone("UTC", site, "; CONVERT_TZ makes them another's"))
	})
}
