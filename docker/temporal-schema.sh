#!/bin/sh
# Creates Temporal's databases in PostgreSQL, or brings them up to date: to run it
# again does no harm. SQL_PLUGIN, SQL_HOST, SQL_PORT, SQL_USER and SQL_PASSWORD
# come from the environment.
set -eu

versions=/etc/temporal/schema/postgresql/v12

prepare() {
  database=$1
  schema=$2
  temporal-sql-tool --db "$database" create
  temporal-sql-tool --db "$database" setup-schema -v 0.0
  temporal-sql-tool --db "$database" update-schema -d "$versions/$schema/versioned"
}

prepare temporal temporal
prepare temporal_visibility visibility
