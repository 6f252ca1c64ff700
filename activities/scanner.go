package activities

import (
	"context"
	"time"

	"db-migrate/database"
	"db-migrate/idfile"
	"db-migrate/siteguard"
)

// CustomerScanner finds the customers to migrate, page by page, and keeps the
// paging state.
type CustomerScanner struct {
	Connection *Connection
	// Files is where files of customer ids are read from.
	Files *idfile.Folder
	// Guard says how much of the database the closing balance may have; nil: all.
	Guard *siteguard.Guard `component:",optional"`
}

// Begin asks for a run to be begun.
type Begin struct {
	Order
	Environment string `json:"environment"`
	Cluster     string `json:"cluster"`
	Reset       bool   `json:"reset,omitempty"`
	TakeOver    bool   `json:"take_over,omitempty"`
	SameLedger  bool   `json:"same_ledger,omitempty"`
	// Part is what the run covers; empty: the whole table.
	Part Part `json:"part,omitzero"`
}

// Begun is a run that was begun, and what it covers.
type Begun struct {
	Run database.Run `json:"run"`
	// Position is where the scan goes on; nil: from the beginning.
	Position database.Key `json:"position,omitempty"`
	// Failed dead letters of prior runs are to be tried before the scan.
	Failed int `json:"failed,omitempty"`
	// Bound is the greatest key present at the start, and the key after which a
	// part begins.
	Bound database.Bound `json:"bound"`
	// Since is the first of the runs that this one goes on with.
	Since int64 `json:"since,omitempty"`
	// Partial: the worker had a condition for customers. So the run leaves the
	// paging state alone, even if it is resumed with another definition.
	Partial bool `json:"partial,omitempty"`
}

// BeginRun prepares the database for a run: tables of our own, owner, paging
// state. A dry run leaves the database as it is.
func (s *CustomerScanner) BeginRun(ctx context.Context, begin Begin) (Begun, error) {
	table, err := s.Connection.served(begin.Expected)
	if err != nil {
		return Begun{}, failure(err)
	}
	begun := database.BegunRun{Run: begin.Run}
	if begin.DryRun {
		request := begin.request()
		request.Definition = "" // that it was changed is for a start to say
		err = table.Recognise(ctx, request)
	} else {
		begun, err = s.begin(ctx, table, begin.request())
	}
	if err != nil {
		return Begun{}, failure(err)
	}
	if begin.File != nil {
		return Begun{Run: begun.Run, Since: begun.Since, Bound: database.Bound{Estimate: begin.File.Customers}}, nil
	}
	if !s.Connection.keepsPagingState(begin.Order) {
		bound, err := begin.Part.bound(ctx, table)
		return Begun{Run: begun.Run, Since: begun.Since, Bound: bound, Partial: s.Connection.Migration.Where != ""}, failure(err)
	}
	bound, err := table.Bound(ctx, begun.Position)
	if err != nil {
		return Begun{}, failure(err)
	}
	return Begun{Run: begun.Run, Since: begun.Since, Position: begun.Position, Failed: begun.Failed, Bound: bound}, nil
}

func (b Begin) request() database.RunRequest {
	return database.RunRequest{ID: b.Run.ID, Migration: b.Expected.Migration, Definition: b.Expected.Definition,
		Environment: b.Environment, Cluster: b.Cluster, Reset: b.Reset, TakeOver: b.TakeOver, SameLedger: b.SameLedger, Again: b.Again}
}

// ListDeadLetters returns customers that failed in runs before this one.
func (s *CustomerScanner) ListDeadLetters(ctx context.Context, list DeadLetterList) (FailedRows, error) {
	table, err := s.Connection.tableFor(ctx, list.Order)
	if err != nil {
		return FailedRows{}, lasting(ctx, err)
	}
	keys, next, err := table.FailedUpTo(ctx, list.before(), list.After, list.UpTo, list.Limit)
	return FailedRows{keys, next}, lasting(ctx, err)
}

// DeadLetterList asks for dead letters after a key, of rows up to another one in the
// order of the scan: those behind it are found by the scan.
type DeadLetterList struct {
	Order
	After database.Key `json:"after,omitempty"`
	UpTo  database.Key `json:"up_to,omitempty"`
	Limit int          `json:"limit"`
}

// before is the run before which the rows failed; a dry run comes after all.
func (l DeadLetterList) before() database.Run {
	if l.DryRun {
		return afterEveryRun()
	}
	return l.Run
}

// FailedRows are rows with a dead letter, and where to go on; nil: there are no more.
type FailedRows struct {
	Keys []database.Key `json:"keys,omitempty"`
	Next database.Key   `json:"next,omitempty"`
}

// EndRun notes how the run ended, saves or discards its paging state, and
// releases the table.
func (s *CustomerScanner) EndRun(ctx context.Context, end End) (Ended, error) {
	if end.DryRun {
		return Ended{}, nil
	}
	table, own, err := s.Connection.tableToEnd(end)
	if err != nil {
		return Ended{}, failure(err)
	}
	ending := database.Ending{Outcome: end.Outcome}
	if own && s.Connection.keepsPagingState(end.Order) {
		ending.State, ending.Discard = end.State, end.Discard
	}
	defer s.Connection.known.forget()
	if err := table.End(ctx, end.Run, ending); err != nil || !end.Recount {
		return Ended{}, failure(err)
	}
	return recount(ctx, table, end.Run), nil
}

// recountTime bounds the count of an ended run's ledger rows, for which somebody waits.
const recountTime = 4 * time.Second

// recount counts what the ledger has of a run, once nothing is written for it any more.
func recount(ctx context.Context, table database.Table, run database.Run) Ended {
	ctx, cancel := context.WithTimeout(ctx, recountTime)
	defer cancel()
	found, err := table.Balance(ctx, run, database.Window{}, false)
	if err != nil || found.Migrated < 0 {
		return Ended{}
	}
	return Ended{Counted: true, Migrated: found.Migrated}
}

// BoundRequest asks where another sweep ends.
type BoundRequest struct {
	Order
	Part Part `json:"part,omitzero"`
}

// FindBound returns the greatest key present now, for another sweep.
func (s *CustomerScanner) FindBound(ctx context.Context, request BoundRequest) (database.Bound, error) {
	table, err := s.Connection.tableFor(ctx, request.Order)
	if err != nil {
		return database.Bound{}, lasting(ctx, err)
	}
	bound, err := request.Part.bound(ctx, table)
	return bound, lasting(ctx, err)
}
