package config

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// limit is what a key's value may be.
type limit struct {
	least, most float64
	// shortest and longest bound a duration.
	shortest, longest time.Duration
	choices           []string
	// refused is why any value but the empty one is refused.
	refused string
	secret  bool
	// needed: the empty text is no value of the key. emptyArgument: on the command
	// line the empty text may be given, since it does no harm if it is not meant.
	needed, emptyArgument bool
	// whole: a # may be part of the text, so that a comment behind it is refused.
	whole bool
}

func limits() map[string]limit {
	return map[string]limit{
		"status-board/mode":                  {choices: []string{"console", "minimal"}},
		"status-board/dim-after":             {shortest: time.Millisecond, longest: time.Minute},
		"status-board/refresh":               {shortest: 20 * time.Millisecond, longest: 10 * time.Second},
		"customer-migration/processes":       {least: 1, most: 1000},
		"customer-migration/batch-time":      {shortest: 100 * time.Millisecond, longest: 5 * time.Minute},
		"customer-migration/batch-size":      {least: 1, most: 1_000_000},
		"customer-migration/batch-max":       {least: 1, most: 10_000_000},
		"customer-migration/rate":            {least: 0, most: 10_000_000},
		"customer-migration/failure-limit":   {least: 0, most: 1_000_000_000},
		"customer-migration/closing":         {choices: []string{"full", "count", "off"}},
		"customer-migrator/transaction-size": {least: 1, most: 100_000},
		"customer-migrator/sets-at-once":     {least: 1, most: 1000},
		"customer-migrator/in-flight":        {least: 1, most: 1000},
		"customer-migrator/attempts":         {least: 1, most: 100},
		"customer-migrator/retry-interval":   {shortest: 10 * time.Millisecond, longest: time.Hour},
		// Shorter than the heartbeat timeout of 10 s: a hanging statement must
		// not look like a dead worker.
		"customer-migrator/statement-timeout": {shortest: 100 * time.Millisecond, longest: 8 * time.Second},
		"customer-migrator/row-lock-time":     {shortest: 10 * time.Millisecond, longest: 5 * time.Second},
		"customer-scanner/paging-state-path":  {refused: "the paging state is kept in the database that is migrated (table db_migrate_state); leave this key out", emptyArgument: true},
		"customer-scanner/fetch-size":         {least: 1, most: 1_000_000},
		"customer-scanner/block-size":         {least: 1, most: 10_000_000},
		"customer-scanner/sweeps":             {least: 0, most: 100},
		"site-guard/mode":                     {choices: []string{"auto", "off"}},
		"site-guard/latency":                  {needed: true},
		"site-guard/replica-lag":              {needed: true},
		"site-guard/query":                    {whole: true, emptyArgument: true},
		"site-guard/window":                   {emptyArgument: true},
		"connection/driver":                   {choices: []string{"sqlite", "postgres", "mysql", "cassandra", "simulated"}},
		"connection/connect-timeout":          {shortest: time.Second, longest: 5 * time.Minute},
		"connection/customers":                {least: 0, most: 100_000_000},
		"connection/seed":                     {least: 0, most: 1 << 53},
		"connection/table":                    {needed: true},
		"connection/password":                 {secret: true, emptyArgument: true, whole: true},
		"connection/password-file":            {emptyArgument: true},
		"customer-migrator/migration":         {needed: true},
		"customer-migrator/log-file":          {emptyArgument: true},
		"customer-scanner/source-dir":         {needed: true},
		"customer-scanner/where":              {whole: true},
	}
}

func (l limit) checkText(text string) error {
	if l.refused != "" && text != "" {
		return fmt.Errorf("%s", l.refused)
	}
	if l.needed && text == "" {
		return errors.New("it is empty; write a value, or leave the key out")
	}
	if len(l.choices) > 0 && !slices.Contains(l.choices, text) {
		return fmt.Errorf("%q must be %s", text, strings.Join(l.choices, " or "))
	}
	return nil
}

func (l limit) checkNumber(number float64) error {
	if l.most > 0 && (number < l.least || number > l.most) {
		return fmt.Errorf("%s is out of range; it must be from %s to %s", plain(number), plain(l.least), plain(l.most))
	}
	return nil
}

func plain(number float64) string {
	return strings.TrimSuffix(strings.TrimRight(fmt.Sprintf("%.3f", number), "0"), ".")
}

func (l limit) checkDuration(span time.Duration) error {
	if l.longest > 0 && (span < l.shortest || span > l.longest) {
		return fmt.Errorf("%s is out of range; it must be from %s to %s", span, l.shortest, l.longest)
	}
	return nil
}
