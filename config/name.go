package config

import (
	"fmt"
	"strings"

	"gopkg.in/yaml.v3"
)

const (
	migrationKey = "customer-migrator/migration"
	tableKey     = "connection/table"
)

// splitMigration takes the table from the migration's name, where it stands behind an @:
// starter list prints the two so. It goes before a table that a file says.
func (c *Configuration) splitMigration() error {
	text := c.CustomerMigrator.Migration
	name, table, found := strings.Cut(text, "@")
	switch {
	case !found:
		return nil
	case name == "" || table == "":
		return c.Refused(migrationKey, fmt.Sprintf("%q must be a migration's name, or one with its table, such as shout@orders", Mask(text)))
	case c.Connection.Table != table && c.Said(tableKey) && (c.Argued(tableKey) || !c.Argued(migrationKey)):
		return c.Refused(migrationKey, fmt.Sprintf("its table is %s, but connection/table is %s (%s); leave one of them out", table, c.Connection.Table, c.values[tableKey].place))
	}
	c.CustomerMigrator.Migration, c.Connection.Table = name, table
	c.values[tableKey] = value{node: &yaml.Node{Kind: yaml.ScalarNode, Value: table}, place: c.values[migrationKey].place}
	return nil
}
