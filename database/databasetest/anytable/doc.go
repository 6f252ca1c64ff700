// Package anytable makes tables, migrations, ways to run them and disturbances at random,
// runs db-migrate's activities and overseer on a real server, and holds what comes of it
// against an oracle: the same change, made by one plain statement for each row on a copy of
// the table. Rows and totals agree, or db-migrate has refused before its first write, with
// a reason. What fails is shrunk by rapid, and its seed repeats it.
//
// A case (case.go) is drawn whole before anything runs: a table (schema.go), a migration
// (change.go) and a way to run (way.go). world.go runs it, disturb.go disturbs it,
// oracle.go knows the right outcome and judge.go compares.
//
// Another type of a column is a line in the kinds of its database (sqlite.go, postgres.go,
// mariadb.go): its name in SQL, its odd values, and what may be made of one. Another
// property of a table is a feature there.
//
// Cassandra has no SQL, no transactions and no conditions beside a key, and its tables take
// seconds to make. So it has tables (cqltable.go), changes (cqlchange.go), cases (cqlcase.go)
// and an oracle (cqloracle.go) of its own, which share ways to run, world, disturbances and
// judge with the others: a round makes a few tables, and tries many rows, migrations and ways
// on each. Its types stand in cassandra.go. What repeats a failure is the seed of its round.
package anytable
