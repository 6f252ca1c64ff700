package examine

import "db-migrate/database"

// TakesBack says that a setting of the server's lets a crash take back what was
// committed, and so what was reported as migrated. mend is what to type.
func TakesBack(setting, crash, mend string) database.Notice {
	return Loud("%s: a crash of the %s may TAKE BACK rows that were reported as migrated, and their ledger rows with them; "+
		"start the migration again after one, with --reset, and they are migrated. %s", setting, crash, mend)
}

// Damages says that a crash may leave the database broken.
func Damages(setting, mend string) database.Notice {
	return Loud("%s: a crash of the machine may DAMAGE the database, the ledger too, and TAKE BACK what was reported as migrated. %s", setting, mend)
}

// Failover says that a failover may take back what was committed.
func Failover(whom string) database.Notice {
	return Loud("%s: a failover may TAKE BACK what was reported: rows that were committed shortly before it, and their ledger rows with them; "+
		"start the migration again after one, with --reset, and they are migrated", whom)
}

// TimeZone says in which time zone the migration's SQL runs.
func TimeZone(zone, site, change string) database.Notice {
	if zone == site || site == "" {
		return Notice("the migration's SQL runs in time zone %s, on every session: dates and times without a zone are of it%s", zone, change)
	}
	return Notice("the migration's SQL runs in time zone %s, on every session, and not in the server's own (%s): dates and times without a zone are of %s%s", zone, site, zone, change)
}
