package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"db-migrate/idfile"
	"db-migrate/workflows"
)

// compareRunning refuses to attach to a run that was started otherwise.
func compareRunning(ctx context.Context, temporal *connection, id, runID string, asked workflows.Settings, given *flags) error {
	input, err := temporal.input(ctx, id, runID)
	if err != nil {
		return &exitError{exitUnreachable, fmt.Errorf("workflow %s: %w", id, err)}
	}
	if rate := input.Settings.Limits.Rate; rate != asked.Limits.Rate && (asked.Limits.Rate == 0 || rateMayHaveBeenSet(ctx, temporal, id, rate)) {
		asked.Limits.Rate = input.Settings.Limits.Rate
	}
	differences := append(compareFiles(input.Settings.File, given.customers), compareSettings(input.Settings, asked)...)
	if len(differences) == 0 {
		return nil
	}
	return usage("the migration runs already, but was started otherwise:\n  %s\n%s", strings.Join(differences, "\n  "), given.otherwise(input.Settings.Limits, asked.Limits))
}

// otherwise says what to type about a run that goes on with other settings.
func (f *flags) otherwise(running, asked workflows.Limits) string {
	lines := []string{"watch it as it runs: " + f.again("watch")}
	if running.Rate != asked.Rate {
		rate := strconv.FormatFloat(asked.Rate, 'f', -1, 64)
		lines = append(lines, "give it that rate: "+strings.Replace(f.again("rate"), "starter rate", "starter rate "+rate, 1))
	}
	return strings.Join(append(lines, "or cancel it, and the next start goes on from there: "+f.again("cancel")), "\n")
}

// rateMayHaveBeenSet reports whether the rate was changed while the migration runs, by
// starter rate, or nobody can tell, since no worker answers: then nobody can attach with
// the rate that holds, and none makes a difference.
func rateMayHaveBeenSet(ctx context.Context, temporal *connection, id string, started float64) bool {
	asking, cancel := context.WithTimeout(ctx, queryTime)
	defer cancel()
	status, err := (&observer{temporal: temporal, id: id}).query(asking)
	return err != nil || status.Rate != started
}

// compareSettings lists what differs, a line each. Options that only matter at
// the start (reset, take over, same ledger) may be left out when attaching.
func compareSettings(running, asked workflows.Settings) []string {
	asked.Expected, asked.Cluster, asked.File = running.Expected, running.Cluster, running.File
	asked.Reset = asked.Reset && !running.Reset
	asked.TakeOver = asked.TakeOver && !running.TakeOver
	asked.SameLedger = asked.SameLedger && !running.SameLedger
	asked.Again = asked.Again && !running.Again
	asked.FailFast = asked.FailFast && !running.FailFast
	running.Reset, running.TakeOver, running.SameLedger, running.Again, running.FailFast = false, false, false, false, false
	runs, wanted := flatten(running), flatten(asked)
	var differences []string
	for key, value := range wanted {
		if runs[key] != value {
			differences = append(differences, fmt.Sprintf("%s: it runs with %v, asked for %v", strings.ReplaceAll(key, "_", "-"), orNone(runs[key]), value))
		}
	}
	for key, value := range runs {
		if _, found := wanted[key]; !found {
			differences = append(differences, fmt.Sprintf("%s: it runs with %v, asked for none", strings.ReplaceAll(key, "_", "-"), value))
		}
	}
	slices.Sort(differences)
	return differences
}

// compareFiles compares the file of ids by its name or path: its content has
// been fixed by the run that goes on.
func compareFiles(running *idfile.Identity, asked string) []string {
	name := ""
	if running != nil {
		name = running.Name
	}
	if name == asked || running != nil && running.Named(asked) {
		return nil
	}
	return []string{fmt.Sprintf("file: it runs with %s, asked for %s", orNone(name), orNone(asked))}
}

func orNone(value string) string {
	if value == "" {
		return "none"
	}
	return value
}

// flatten is the settings as text by key, those of the limits among them.
func flatten(settings workflows.Settings) map[string]string {
	flat := map[string]string{}
	for _, part := range []any{settings, settings.Limits} {
		text, err := json.Marshal(part)
		if err != nil {
			panic(err) // plain structs always marshal
		}
		var fields map[string]json.RawMessage
		if err := json.Unmarshal(text, &fields); err != nil {
			panic(err)
		}
		for key, value := range fields {
			if key != "limits" && key != "expected" {
				flat[key] = string(value)
			}
		}
	}
	flat["batch_time"], flat["retry_interval"] = settings.Limits.BatchTime.String(), settings.Limits.RetryInterval.String()
	if flat["reset"] == "false" {
		delete(flat, "reset")
	}
	return flat
}
