package cli

import (
	"encoding/json"
	"io"

	"db-migrate/activities"
	"db-migrate/database"
	"db-migrate/workflows"
)

// jsonView prints a status object a line, when it has changed.
type jsonView struct {
	output io.Writer
	last   string
}

// jsonStatus is one line of the JSON output.
type jsonStatus struct {
	workflows.Status
	Stale    string   `json:"stale,omitempty"`
	Troubles []string `json:"troubles,omitempty"`
	// SiteGuard is how the work fares beside the site, of the worker that fares worst.
	SiteGuard string `json:"site_guard,omitempty"`
}

func newJSONStatus(seen observation) jsonStatus {
	return jsonStatus{seen.status, seen.stale, seen.troubles, besideLine(seen)}
}

func (v *jsonView) show(seen observation) {
	if !seen.known || isOver(seen.status.Phase) {
		return
	}
	text, err := json.Marshal(newJSONStatus(seen))
	if err != nil || string(text) == v.last {
		return
	}
	v.last = string(text)
	v.print(text)
}

func (v *jsonView) print(text []byte) {
	_, _ = v.output.Write(append(text, '\n')) // nobody reads on: the migration goes on all the same
}

func (v *jsonView) close(*workflows.Summary) {}

// jsonEnd is all that is known of a run that was ended from outside while no worker
// could tell how far it had come.
type jsonEnd struct {
	Phase      string `json:"phase"`
	Reason     string `json:"reason,omitempty"`
	WorkflowID string `json:"workflow_id"`
	RunID      string `json:"run_id"`
}

// jsonSummary is the last line of the JSON output.
type jsonSummary struct {
	Phase       string `json:"phase"`
	Reason      string `json:"reason,omitempty"`
	Unnoted     string `json:"unnoted,omitempty"`
	Scanned     int64  `json:"scanned"`
	Migrated    *int64 `json:"migrated,omitempty"`
	Needed      *int64 `json:"needed,omitempty"`
	Skipped     int64  `json:"skipped"`
	NeededAgain int64  `json:"needed_again"`
	Left        int64  `json:"left"`
	// LeftKeys are the first rows that are left; LeftKind (a word) and LeftCause say why.
	LeftKeys  []database.Key `json:"left_keys,omitempty"`
	LeftKind  string         `json:"left_kind,omitempty"`
	LeftCause string         `json:"left_cause,omitempty"`
	// Lost are commits that the database has taken back, FoundAgain rows that were found
	// at the end and done after all, and Late those that the site has made meanwhile.
	Lost           int64   `json:"lost,omitempty"`
	FoundAgain     int64   `json:"found_at_closing,omitempty"`
	Late           int64   `json:"late,omitempty"`
	Failed         int64   `json:"failed"`
	Appeared       int64   `json:"appeared"`
	Vanished       int64   `json:"vanished"`
	ElapsedSeconds float64 `json:"elapsed_seconds"`
	WorkflowID     string  `json:"workflow_id"`
	RunID          string  `json:"run_id"`
	Runs           int     `json:"runs,omitempty"`
	Slowed         string  `json:"slowed,omitempty"`
	From           string  `json:"from,omitempty"`
	To             string  `json:"to,omitempty"`
	// Preview is what a dry run has shown of some rows.
	Preview *activities.Preview `json:"preview,omitempty"`
}

func newJSONSummary(summary workflows.Summary, id, runID string, status workflows.Status) jsonSummary {
	printed := jsonSummary{Phase: summary.Phase, Reason: summary.Reason, Unnoted: summary.Unnoted, Scanned: summary.Scanned, Skipped: summary.Skipped, NeededAgain: summary.NeededAgain, Left: summary.Left, LeftKeys: summary.LeftKeys, LeftKind: summary.LeftKind, LeftCause: summary.LeftCause,
		Lost: summary.Lost, FoundAgain: summary.Again, Late: summary.Late, Slowed: summary.Slowed, Failed: summary.Failed,
		Appeared: summary.Appeared, Vanished: summary.Vanished, ElapsedSeconds: summary.ElapsedSeconds,
		WorkflowID: id, RunID: runID, Runs: status.Runs, From: status.From, To: status.To, Preview: summary.Preview}
	if summary.DryRun {
		printed.Needed = &summary.Migrated
	} else {
		printed.Migrated = &summary.Migrated
	}
	return printed
}
