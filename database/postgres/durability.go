package postgres

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5/pgxpool"

	"db-migrate/database/examine"
)

// commitSetting says when a commit is reported.
const commitSetting = "synchronous_commit"

// weakCommits are its values by which a crash, or a failover to a synchronous
// standby, takes commits back.
var weakCommits = []string{"off", "local", "remote_write"}

// waitForCommits makes the sessions that write wait until their commits are on disk,
// where the server, the database or the user says otherwise: what a crash takes back
// was counted as migrated. What the URL says stays.
func (c *connection) waitForCommits(ctx context.Context, writing *pgxpool.Config) error {
	found, err := one(ctx, c.readers, "SHOW "+commitSetting)
	if err != nil {
		return err
	}
	given := namesGiven(writing.ConnConfig.RuntimeParams)[commitSetting]
	switch weak := slices.Contains(weakCommits, *found[0]); {
	case weak && given:
		c.weakCommit = *found[0]
	case weak:
		writing.ConnConfig.RuntimeParams[commitSetting] = "on"
	}
	return nil
}

// hostsOf are the hosts that a URL names.
func hostsOf(config *pgxpool.Config) []string {
	hosts := []string{fmt.Sprintf("%s:%d", config.ConnConfig.Host, config.ConnConfig.Port)}
	for _, other := range config.ConnConfig.Fallbacks {
		if host := fmt.Sprintf("%s:%d", other.Host, other.Port); !slices.Contains(hosts, host) {
			hosts = append(hosts, host)
		}
	}
	return hosts
}

// durability tells what a crash or a failover may take back.
func (e *examination) durability() error {
	found, err := one(e.ctx, e.readers, "SELECT current_setting('fsync'), current_setting('full_page_writes')")
	if err != nil {
		return err
	}
	if *found[0] == "off" {
		e.add(examine.Damages("the server runs with fsync = off", "Say fsync = on in postgresql.conf, and reload it"))
	}
	if *found[1] == "off" {
		e.add(examine.Damages("the server runs with full_page_writes = off", "Say full_page_writes = on in postgresql.conf, and reload it, unless the file system writes pages as a whole"))
	}
	if e.weakCommit != "" {
		e.add(examine.TakesBack("connection/url says "+commitSetting+"="+e.weakCommit, "server", "Leave it out of connection/url: the worker's sessions then wait for their commits"))
	}
	if len(e.hosts) > 1 {
		e.add(examine.Failover("connection/url names several hosts (" + strings.Join(e.hosts, ", ") + "), and the next of them is asked if one is gone"))
	}
	return nil
}

// timeZone tells in which one a migration's SQL runs.
func (e *examination) timeZone() error {
	if e.plan.Statements == nil && e.plan.Where == "" {
		return nil
	}
	found, err := one(e.ctx, e.readers, "SELECT current_setting('TimeZone')")
	if err != nil {
		return err
	}
	e.add(examine.TimeZone(*found[0], "", "; timezone=… in connection/url chooses another"))
	return nil
}
