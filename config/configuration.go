package config

import (
	"fmt"
	"os"
	"strings"
)

// Configuration is the effective configuration.
type Configuration struct {
	StatusBoard       StatusBoard
	CustomerMigration CustomerMigration
	CustomerMigrator  CustomerMigrator
	CustomerScanner   CustomerScanner
	SiteGuard         SiteGuard
	Connection        Connection
	// Directory is the user's folder; empty: none.
	Directory string
	// Notices tell of arguments that do nothing in this program.
	Notices []string

	values map[string]value
}

// StatusBoard is how the status board is drawn.
type StatusBoard struct {
	Mode     string   `key:"mode"`
	DimAfter Duration `key:"dim-after"`
	Refresh  Duration `key:"refresh"`
}

// CustomerMigration is the overseer's limits.
type CustomerMigration struct {
	Processes    int      `key:"processes"`
	BatchTime    Duration `key:"batch-time"`
	BatchSize    Auto     `key:"batch-size"`
	BatchMax     int      `key:"batch-max"`
	Memory       Size     `key:"memory"`
	Rate         float64  `key:"rate"`
	FailureLimit int      `key:"failure-limit"`
	Closing      string   `key:"closing"`
}

// CustomerMigrator is how customers are migrated.
type CustomerMigrator struct {
	Migration        string   `key:"migration"`
	LogFile          string   `key:"log-file"`
	TransactionSize  Auto     `key:"transaction-size"`
	SetsAtOnce       Auto     `key:"sets-at-once"`
	InFlight         Auto     `key:"in-flight"`
	Attempts         int      `key:"attempts"`
	RetryInterval    Duration `key:"retry-interval"`
	StatementTimeout Duration `key:"statement-timeout"`
	RowLockTime      Duration `key:"row-lock-time"`
}

// CustomerScanner is how customers are found.
type CustomerScanner struct {
	PagingStatePath string `key:"paging-state-path"`
	SourceDir       string `key:"source-dir"`
	FetchSize       int    `key:"fetch-size"`
	BlockSize       Auto   `key:"block-size"`
	Sweeps          int    `key:"sweeps"`
	Where           string `key:"where"`
}

// SiteGuard is how the live site comes first. Package siteguard reads the texts.
type SiteGuard struct {
	Mode       string   `key:"mode"`
	Latency    string   `key:"latency"`
	ReplicaLag string   `key:"replica-lag"`
	Replicas   []string `key:"replicas"`
	Query      string   `key:"query"`
	Window     string   `key:"window"`
}

// Connection is the worker's database.
type Connection struct {
	Driver         string   `key:"driver"`
	URL            string   `key:"url"`
	Table          string   `key:"table"`
	RowName        string   `key:"row-name"`
	Key            []string `key:"key"`
	Schema         string   `key:"schema"`
	Password       string   `key:"password"`
	PasswordFile   string   `key:"password-file"`
	ConnectTimeout Duration `key:"connect-timeout"`
	Customers      int      `key:"customers"`
	Seed           int      `key:"seed"`
}

// Secret is the password, from the file if one is named.
func (c Connection) Secret() (string, error) {
	if c.PasswordFile == "" {
		return c.Password, nil
	}
	const form = "it must be a file that the worker may read, with the password and nothing else"
	content, err := os.ReadFile(c.PasswordFile)
	if err != nil {
		return "", fmt.Errorf("connection/password-file: %w; %s", err, form)
	}
	secret := strings.TrimRight(string(content), "\r\n")
	if secret == "" {
		return "", fmt.Errorf("connection/password-file: %s is empty; %s", c.PasswordFile, form)
	}
	return secret, nil
}

// Argued reports whether a key's value stands on the command line.
func (c *Configuration) Argued(key string) bool { return c.values[key].place == argumentPlace }

// Said reports whether somebody has said a key's value, on the command line or in a file
// of theirs. What stands behind the colon of a variable that is not set here is not said:
// the other program may have it set.
func (c *Configuration) Said(key string) bool {
	found := c.values[key]
	return found.node != nil && !found.supposed && !strings.HasPrefix(found.place, builtIn)
}

// Serving is the configuration for another migration, of another table.
func (c *Configuration) Serving(migration, table string) *Configuration {
	its := *c
	its.CustomerMigrator.Migration, its.Connection.Table = migration, table
	return &its
}

// profiles are the components that have a configuration, in their order.
func (c *Configuration) profiles() []profile {
	return []profile{
		{"status-board", &c.StatusBoard},
		{"customer-migration", &c.CustomerMigration},
		{"customer-migrator", &c.CustomerMigrator},
		{"customer-scanner", &c.CustomerScanner},
		{"site-guard", &c.SiteGuard},
		{"connection", &c.Connection},
	}
}

type profile struct {
	name   string
	target any
}
