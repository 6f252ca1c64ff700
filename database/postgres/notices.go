package postgres

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"db-migrate/database"
	"db-migrate/database/examine"
)

// columnNames is SQL for the names of columns by their numbers.
func columnNames(relation, numbers string) string {
	return fmt.Sprintf(`(SELECT string_agg(a.attname, E'\n' ORDER BY a.attnum) FROM pg_attribute a WHERE a.attrelid = %s AND a.attnum = ANY (%s))`, relation, numbers)
}

// notices looks at what will feel the migration.
func (e *examination) notices() error {
	return e.Notices(examine.Step{What: "rules", Do: e.rules}, examine.Step{What: "children", Do: e.children}, examine.Step{What: "triggers", Do: e.triggers}, examine.Step{What: "columns", Do: e.columnNotices}, examine.Step{What: "indexes", Do: e.indexNotices},
		examine.Step{What: "foreign keys", Do: e.foreignKeys}, examine.Step{What: "publications", Do: e.publications}, examine.Step{What: "replication slots", Do: e.slots},
		examine.Step{What: "standbys", Do: e.standbys}, examine.Step{What: "durability", Do: e.durability}, examine.Step{What: "the time zone", Do: e.timeZone},
		examine.Step{What: "the server's role", Do: e.role}, examine.Step{What: "statistics", Do: e.statistics}, examine.Step{What: "the table's settings", Do: e.settingsOf})
}

func (e *examination) triggers() error {
	return e.Each(`SELECT t.tgname, CASE WHEN t.tgtype & 2 > 0 THEN 'BEFORE' ELSE 'AFTER' END, t.tgtype & 1 > 0, t.tgfoid::regproc::text, `+
		columnNames("t.tgrelid", "t.tgattr::int2[]")+` FROM pg_trigger t
		WHERE t.tgrelid = $1::text::oid AND NOT t.tgisinternal AND t.tgenabled IN ('O', 'A') AND t.tgtype & 16 > 0 ORDER BY 1`, []any{e.oid}, func(values []string) {
		trigger := examine.Trigger{Name: values[0], When: values[1], Columns: examine.Split(values[4]), Does: "it calls " + values[3]}
		if values[2] == "f" {
			trigger.Does += ", once for each statement"
		}
		if notice, fires := trigger.Notice(e.Written); fires {
			e.Add(notice)
		}
	})
}

func (e *examination) columnNotices() error {
	return e.Each(`SELECT a.attname, CASE WHEN a.attgenerated <> '' THEN pg_get_expr(d.adbin, d.adrelid) END FROM pg_attribute a
		LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
		WHERE a.attrelid = $1::text::oid AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum`, []any{e.oid}, func(values []string) {
		if notice, found := examine.ChangeTime(values[0], e.Written); found {
			e.Add(notice)
		}
		if values[1] != "" {
			e.Add(examine.Generated(values[0], values[1]))
		}
	})
}

// indexNotices names indexes that hold a written column, in their conditions and
// expressions too.
func (e *examination) indexNotices() error {
	return e.Indexes(`SELECT i.indexrelid::regclass::text, string_agg(DISTINCT a.attname, E'\n') FROM pg_index i
		JOIN pg_attribute a ON a.attrelid = i.indrelid AND (a.attnum = ANY (i.indkey::int2[]) OR EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass
			AND d.objid = i.indexrelid AND d.refclassid = 'pg_class'::regclass AND d.refobjid = i.indrelid AND d.refobjsubid = a.attnum))
		WHERE i.indrelid = $1::text::oid GROUP BY i.indexrelid ORDER BY 1`, []any{e.oid})
}

func (e *examination) foreignKeys() error {
	return e.ForeignKeys(`SELECT c.conname, c.confrelid::regclass::text, `+columnNames("c.conrelid", "c.conkey")+`
		FROM pg_constraint c WHERE c.conrelid = $1::text::oid AND c.contype = 'f' ORDER BY 1`, `SELECT c.conname, c.conrelid::regclass::text, `+columnNames("c.confrelid", "c.confkey")+`
		FROM pg_constraint c WHERE c.confrelid = $1::text::oid AND c.contype = 'f' ORDER BY 1`, []any{e.oid})
}

// publications tells who gets the changes by logical replication. A published
// table whose rows cannot be told apart refuses every update.
func (e *examination) publications() error {
	var published []string
	err := e.Each(`SELECT p.pubname FROM pg_publication_tables p JOIN pg_publication o ON o.pubname = p.pubname
		WHERE p.schemaname = $1 AND p.tablename = $2 AND o.pubupdate ORDER BY 1`, []any{e.schema, e.name}, func(values []string) {
		published = append(published, values[0])
	})
	if err != nil || len(published) == 0 {
		return err
	}
	list := strings.Join(published, ", ")
	found, err := one(e.Ctx, e.readers, `SELECT c.relreplident, EXISTS (SELECT FROM pg_index i WHERE i.indrelid = c.oid AND i.indisprimary) FROM pg_class c WHERE c.oid = $1::text::oid`, e.oid)
	if err != nil {
		return err
	}
	switch identity, primary := found.Text(0), found.Text(1) == "t"; {
	case identity == "n" || identity == "d" && !primary:
		e.Problem("table %s is published (%s) without a REPLICA IDENTITY: PostgreSQL refuses every UPDATE of it; ALTER TABLE %s REPLICA IDENTITY USING INDEX …, or FULL", e.name, list, e.From)
	case identity == "f":
		e.Add(examine.Loud("publication %s: every migrated row is sent to its subscribers, and with REPLICA IDENTITY FULL the whole old row with it", list))
	default:
		e.Add(examine.Notice("publication %s: every migrated row is sent to its subscribers, in transactions of the migration's size", list))
	}
	return nil
}

func (e *examination) slots() error {
	return e.Each(`SELECT slot_name, slot_type, coalesce(plugin, ''), active,
		CASE WHEN NOT pg_is_in_recovery() THEN pg_size_pretty(pg_wal_lsn_diff(pg_current_wal_lsn(), restart_lsn)) END
		FROM pg_replication_slots WHERE slot_type = 'physical' OR database = current_database() ORDER BY 1`, nil, func(values []string) {
		kind := values[1]
		if values[2] != "" {
			kind += ", " + values[2]
		}
		if values[3] == "f" {
			behind := ""
			if values[4] != "" {
				behind = ", " + values[4] + " so far"
			}
			e.Add(examine.Loud("replication slot %s (%s) is read by NOBODY at the moment: the server keeps all that the migration writes for it%s, until the disk is full; drop it, or have it read", values[0], kind, behind))
			return
		}
		e.Add(examine.Notice("replication slot %s (%s) will read all that the migration writes; if it lags, the server keeps it on disk", values[0], kind))
	})
}

func (e *examination) standbys() error {
	return e.Each(`SELECT coalesce(nullif(application_name, ''), 'unnamed'), coalesce(host(client_addr), 'a local socket'), coalesce(sync_state, 'unknown') FROM pg_stat_replication ORDER BY 1, 2`, nil, func(values []string) {
		if slices.Contains([]string{"sync", "quorum"}, values[2]) {
			e.Add(examine.Notice("replica %s (%s) is synchronous: each of the migration's commits waits for it", values[0], values[1]))
			return
		}
		if values[2] != "unknown" {
			e.Add(examine.Failover(fmt.Sprintf("replica %s (%s) is asynchronous", values[0], values[1])))
		}
		e.Add(examine.Notice("replica %s (%s) will read all that the migration writes, and may lag behind; customer-migration/rate slows the migration down", values[0], values[1]))
	})
}

// role: a standby cannot be written to.
func (e *examination) role() error {
	return e.Each("SELECT pg_is_in_recovery()", nil, func(values []string) {
		if values[0] == "t" {
			e.Problem("the server %s is a standby, which nobody can write to; name the primary in connection/url", e.host)
		}
	})
}

// changedShare is which part of a table must have changed since it was last
// analyzed for its statistics to be called old.
const changedShare = 0.2

func (e *examination) statistics() error {
	return e.Each(`SELECT c.reltuples, coalesce(s.last_analyze, s.last_autoanalyze)::date, coalesce(s.n_mod_since_analyze, 0) FROM pg_class c
		LEFT JOIN pg_stat_all_tables s ON s.relid = c.oid WHERE c.oid = $1::text::oid`, []any{e.oid}, func(values []string) {
		rows, _ := strconv.ParseFloat(values[0], 64)
		changed, _ := strconv.ParseFloat(values[2], 64)
		switch {
		case rows < 0:
			e.Add(examine.Notice("the table was never analyzed: PostgreSQL guesses its size and plans; ANALYZE %s", e.From))
		case values[1] != "" && changed > 1000 && changed > rows*changedShare:
			e.Add(examine.Notice("the statistics are of %s, and %.0f rows have changed since: PostgreSQL guesses its size and plans; ANALYZE %s", values[1], changed, e.From))
		}
	})
}

func (e *examination) settingsOf() error {
	return e.Each("SELECT c.relrowsecurity, c.relpersistence FROM pg_class c WHERE c.oid = $1::text::oid", []any{e.oid}, func(values []string) {
		if values[0] == "t" {
			e.Add(examine.Notice("row security is on, and does not hold for the worker's user: all rows are migrated"))
		}
		if values[1] == "u" {
			e.Add(examine.Notice("the table is unlogged: a crash of the server empties it, and leaves the ledger as it is"))
		}
	})
}

// rights looks whether the worker's user can do what it must.
func (e *examination) rights() error {
	var missing []string
	err := e.Each(`SELECT o.name, CASE WHEN to_regclass(o.name) IS NOT NULL
			AND has_table_privilege(to_regclass(o.name), 'SELECT') AND has_table_privilege(to_regclass(o.name), 'INSERT')
			AND has_table_privilege(to_regclass(o.name), 'UPDATE') AND has_table_privilege(to_regclass(o.name), 'DELETE') THEN 'usable'
			WHEN to_regclass(o.name) IS NOT NULL THEN 'closed' ELSE 'missing' END
		FROM unnest($1::text[]) AS o(name)`, []any{e.ownNames()}, func(values []string) {
		switch values[1] {
		case "missing":
			missing = append(missing, values[0])
		case "closed":
			e.Problem("user %s may not read and write table %s; \"starter ledger ddl\" prints the GRANT", e.user(), values[0])
		}
	})
	if err != nil || len(missing) == 0 {
		return err
	}
	found, err := one(e.Ctx, e.readers, "SELECT n.oid IS NOT NULL, coalesce(has_schema_privilege(n.oid, 'CREATE'), false) FROM (SELECT to_regnamespace(quote_ident($1)) AS oid) n", e.ours)
	switch {
	case err != nil:
		return err
	case found.Text(0) == "f":
		e.Problem("connection/schema: there is no schema %s in database %s", e.ours, e.database)
	case found.Text(1) == "f":
		e.Problem("user %s may not create tables in schema %s, and these are missing: %s; have \"starter ledger ddl\" run there, or name another schema in connection/schema", e.user(), e.ours, strings.Join(missing, ", "))
	}
	return nil
}

// ownNames are our tables as SQL.
func (w *setWriter) ownNames() []string {
	names, _ := w.OurTables()
	for i, name := range names {
		names[i] = w.own(name)
	}
	return names
}

// LedgerDDL is what Begin would run, and the rights of the worker's user. They
// name the columns' own types, so that it can be asked of the live table alone.
func (w *setWriter) LedgerDDL(context.Context) (database.LedgerDDL, error) {
	user := quote(w.user())
	_, tables := w.OurTables()
	return database.LedgerDDL{Tables: tables, Note: "the tables that triggers and further statements write need rights of their own",
		Grants: []string{fmt.Sprintf("GRANT USAGE ON SCHEMA %s TO %s", quote(w.ours), user),
			fmt.Sprintf("GRANT SELECT, INSERT, UPDATE, DELETE ON %s TO %s", strings.Join(w.ownNames(), ", "), user),
			fmt.Sprintf("GRANT SELECT, UPDATE ON %s TO %s", w.From, user)}}, nil
}

func (w *setWriter) user() string { return w.readers.Config().ConnConfig.User }

// durability tells what a crash or a failover may take back.
func (e *examination) durability() error {
	found, err := one(e.Ctx, e.readers, "SELECT current_setting('fsync'), current_setting('full_page_writes')")
	if err != nil {
		return err
	}
	if found.Text(0) == "off" {
		e.Add(examine.Damages("the server runs with fsync = off", "Say fsync = on in postgresql.conf, and reload it"))
	}
	if found.Text(1) == "off" {
		e.Add(examine.Damages("the server runs with full_page_writes = off", "Say full_page_writes = on in postgresql.conf, and reload it, unless the file system writes pages as a whole"))
	}
	if e.weakCommit != "" {
		e.Add(examine.TakesBack("connection/url says "+commitSetting+"="+e.weakCommit, "server", "Leave it out of connection/url: the worker's sessions then wait for their commits"))
	}
	if len(e.hosts) > 1 {
		e.Add(examine.Failover("connection/url names several hosts (" + strings.Join(e.hosts, ", ") + "), and the next of them is asked if one is gone"))
	}
	return nil
}

// timeZone tells in which one a migration's SQL runs.
func (e *examination) timeZone() error {
	if e.Plan.Statements == nil && e.Plan.Where == "" {
		return nil
	}
	found, err := one(e.Ctx, e.readers, "SELECT current_setting('TimeZone')")
	if err != nil {
		return err
	}
	e.Add(examine.TimeZone(found.Text(0), "", "; timezone=… in connection/url chooses another"))
	return nil
}
