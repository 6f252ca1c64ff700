package cli

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"db-migrate/config"
	"db-migrate/workflows"
)

// setCommand changes settings of a running migration.
func setCommand(given *flags, terminal streams) *cobra.Command {
	return &cobra.Command{
		Use:   "set component/key=value …" + nameUse,
		Short: "Changes settings of the running migration: " + strings.Join(workflows.SettableKeys(), ", "),
		RunE: func(command *cobra.Command, arguments []string) error {
			request, rest := splitSettings(arguments)
			if err := withoutValue(rest); err != nil {
				return err
			}
			if err := request.Check(); err != nil {
				return usage("set: %w", err)
			}
			return withTarget(given, terminal, func(ctx context.Context, t *target) error {
				return t.tell(ctx, workflows.UpdateSet, request)
			})(command, rest)
		},
	}
}

// splitSettings takes the keys that may be set from the arguments. Others say which
// migration it is.
func splitSettings(arguments []string) (request workflows.SetRequest, rest []string) {
	request.Values = map[string]string{}
	for _, argument := range arguments {
		key, text, found := strings.Cut(argument, "=")
		if found && !namesMigration(key) {
			request.Values[key] = text
		} else {
			rest = append(rest, argument)
		}
	}
	return request, rest
}

// withoutValue refuses a key that stands without its value.
func withoutValue(words []string) error {
	for _, word := range words {
		if slices.Contains(config.Keys(), word) {
			return usage("set: %s is there without a value; say what it is to be, behind a =: starter set %s=VALUE", word, word)
		}
	}
	return nil
}

// namesMigration reports whether a key says which migration is meant.
func namesMigration(key string) bool {
	return key == "customer-migrator/migration" || strings.HasPrefix(key, "connection/")
}

// settingsText is what was set since the start, for a status; empty: nothing.
func settingsText(status workflows.Status) string {
	var parts []string
	for _, key := range slices.Sorted(maps.Keys(status.Set)) {
		parts = append(parts, fmt.Sprintf("%s=%s", key, status.Set[key]))
	}
	if len(parts) == 0 {
		return ""
	}
	return "set since the start: " + strings.Join(parts, ", ")
}

// besideLine is how the work fares beside the site, of the worker that fares worst; empty:
// that is not known.
func besideLine(seen observation) string {
	if !seen.status.Guarded() {
		return ""
	}
	line, share := "", 2.0
	for _, beat := range seen.beats {
		if beat.Beside != nil && beat.Beside.Share < share {
			line, share = beat.Beside.Line, beat.Beside.Share
		}
	}
	if line == "" && seen.status.Beside != nil && !isOver(seen.status.Phase) {
		return seen.status.Beside.Line
	}
	return line
}

// slowedWords are besideLine's, where the work is held back.
func slowedWords(seen observation) string {
	if !seen.status.Guarded() {
		return ""
	}
	words, share := "", 2.0
	for _, beat := range seen.beats {
		if beat.Beside != nil && beat.Beside.Words != "" && beat.Beside.Share < share {
			words, share = beat.Beside.Words, beat.Beside.Share
		}
	}
	return words
}
