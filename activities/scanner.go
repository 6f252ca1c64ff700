package activities

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/temporal"

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

// Inspection is what a worker answers about its table.
type Inspection struct {
	Fingerprint Fingerprint `json:"fingerprint"`
	// Estimate is about how many customers there are.
	Estimate int64 `json:"estimate"`
	// Worker is the host and process that answered.
	Worker string `json:"worker"`
	// File is the file of customer ids, if one was asked for.
	File *idfile.Identity `json:"file,omitempty"`
	// Where is the worker's condition for customers, for people to read.
	Where string `json:"where,omitempty"`
	// Source is the migration as the worker has it, for people to compare.
	Source *Source `json:"source,omitempty"`
	// Notices are what will feel the migration, and Problems why it cannot run.
	Notices  []database.Notice `json:"notices,omitempty"`
	Problems []string          `json:"problems,omitempty"`
}

// InspectionRequest asks for an inspection, of a file of customer ids or of a
// part of the table, if one is named.
type InspectionRequest struct {
	File string `json:"file,omitempty"`
	Part Part   `json:"part,omitzero"`
}

// InspectTable says what this worker would work on; it writes nothing.
func (s *CustomerScanner) InspectTable(ctx context.Context, request InspectionRequest) (Inspection, error) {
	own, err := s.Connection.Fingerprint()
	if err != nil {
		return Inspection{}, inspectionFailure(err)
	}
	seen, err := s.Connection.examine(ctx)
	if err != nil {
		return Inspection{}, inspectionFailure(err)
	}
	inspection := s.Connection.introduce(own)
	inspection.Notices, inspection.Problems = seen.Notices, seen.Problems
	if seen.Key == nil {
		return inspection, nil // not even the table is as it should be
	}
	table, err := s.Connection.opened()
	if err != nil {
		return Inspection{}, inspectionFailure(err)
	}
	bound, err := request.Part.bound(ctx, table)
	if err != nil {
		return Inspection{}, inspectionFailure(err)
	}
	inspection.Estimate = bound.Estimate
	if request.File == "" {
		return inspection, nil
	}
	check, err := lineCheck(ctx, table)
	if err != nil {
		return Inspection{}, inspectionFailure(err)
	}
	file, err := s.Files.Inspect(request.File, len(table.KeyColumns()), check)
	if err != nil && passing(err) {
		return Inspection{}, inspectionFailure(err)
	}
	if err != nil {
		return Inspection{}, temporal.NewNonRetryableApplicationError(reason(fmt.Errorf("worker on %s: %w", workerName(), err)), TypeFile, nil)
	}
	inspection.File, inspection.Estimate = &file, file.Customers
	return inspection, nil
}

// introduce says who answers, and with which migration.
func (c *Connection) introduce(own Fingerprint) Inspection {
	return Inspection{Fingerprint: own, Worker: workerName(), Where: c.Migration.Where, Source: sourceOf(c.Migration)}
}

func workerName() string {
	host, err := os.Hostname()
	if err != nil {
		host = "unknown host"
	}
	return fmt.Sprintf("%s, process %d", host, os.Getpid())
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
		err = table.Recognise(ctx, begin.request())
	} else {
		begun, err = table.Begin(ctx, begin.request())
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

// PageRequest asks for the next page of ranges.
type PageRequest struct {
	Order
	After database.Key `json:"after,omitempty"`
	UpTo  database.Key `json:"up_to"`
	// RangeSize is how many customers a range should have, Customers how many
	// the page should have at most.
	RangeSize int `json:"range_size"`
	Customers int `json:"customers"`
	// FetchSize is how many ids are fetched from the database at a time.
	FetchSize int                   `json:"fetch_size"`
	LowWater  *database.PagingState `json:"low_water,omitempty"`
}

// RangeEnd is the last key of a range and how many customers it has.
type RangeEnd struct {
	UpTo      database.Key `json:"up_to"`
	Customers int          `json:"customers"`
}

// Page is a page of neighbouring ranges; each begins where the one before ends.
type Page struct {
	Ends []RangeEnd `json:"ends"`
	// Through, if any, is how far behind the last range the scan has looked, and
	// found nobody.
	Through database.Key `json:"through,omitempty"`
	// Done: the scan has come to its end.
	Done bool `json:"done"`
}

// pageTime bounds a page, so that the processes don't wait for a large one.
const pageTime = time.Second

// pageBytes bounds a page's size: an activity's result must stay well below
// Temporal's limits for a payload (512 KiB warn, 2 MiB error).
const pageBytes = 256 << 10

// ScanPage reads the next page of ranges, by as many fetches as it takes.
func (s *CustomerScanner) ScanPage(ctx context.Context, request PageRequest) (Page, error) {
	table, err := s.Connection.tableFor(ctx, request.Order)
	if err != nil {
		return Page{}, failure(err)
	}
	if err := s.Connection.savePagingState(ctx, table, request.Order, request.LowWater); err != nil {
		return Page{}, failure(err)
	}
	var page Page
	if far := strides(table, request); far != nil {
		page, err = scanByStrides(ctx, far, request)
	} else {
		page, err = scan(ctx, table, request)
	}
	return page, failure(err)
}

func scan(ctx context.Context, table database.Table, request PageRequest) (Page, error) {
	builder := pageBuilder{rangeSize: max(1, request.RangeSize)}
	after, until := request.After, time.Now().Add(pageTime)
	for {
		limit := max(1, min(request.FetchSize, request.Customers-builder.customers))
		keys, err := table.Fetch(ctx, after, request.UpTo, limit)
		var unfinished *database.UnfinishedError
		if err != nil && !errors.As(err, &unfinished) {
			return Page{}, err
		}
		activity.RecordHeartbeat(ctx)
		builder.add(keys)
		switch {
		case unfinished != nil:
			builder.reach(unfinished.Through)
			after = unfinished.Through
		case len(keys) < limit:
			return builder.page(true), nil
		default:
			after = keys[len(keys)-1]
		}
		if builder.full(request) || time.Now().After(until) {
			return builder.page(false), nil
		}
	}
}

// ListDeadLetters returns customers that failed in runs before this one.
func (s *CustomerScanner) ListDeadLetters(ctx context.Context, list DeadLetterList) (FailedRows, error) {
	table, err := s.Connection.tableFor(ctx, list.Order)
	if err != nil {
		return FailedRows{}, failure(err)
	}
	keys, next, err := table.FailedUpTo(ctx, list.Run, list.After, list.UpTo, list.Limit)
	return FailedRows{keys, next}, failure(err)
}

// DeadLetterList asks for dead letters after a key, of rows up to another one in the
// order of the scan: those behind it are found by the scan.
type DeadLetterList struct {
	Order
	After database.Key `json:"after,omitempty"`
	UpTo  database.Key `json:"up_to,omitempty"`
	Limit int          `json:"limit"`
}

// FailedRows are rows with a dead letter, and where to go on; nil: there are no more.
type FailedRows struct {
	Keys []database.Key `json:"keys,omitempty"`
	Next database.Key   `json:"next,omitempty"`
}

// End says how a run ended.
type End struct {
	Order
	Outcome string                `json:"outcome"`
	State   *database.PagingState `json:"state,omitempty"`
	Discard bool                  `json:"discard,omitempty"`
}

// EndRun notes how the run ended, saves or discards its paging state, and
// releases the table.
func (s *CustomerScanner) EndRun(ctx context.Context, end End) error {
	if end.DryRun {
		return nil
	}
	table, own, err := s.Connection.tableToEnd(ctx, end)
	if err != nil {
		return failure(err)
	}
	ending := database.Ending{Outcome: end.Outcome}
	if own && s.Connection.keepsPagingState(end.Order) {
		ending.State, ending.Discard = end.State, end.Discard
	}
	defer s.Connection.known.forget()
	return failure(table.End(ctx, end.Run, ending))
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
		return database.Bound{}, failure(err)
	}
	bound, err := request.Part.bound(ctx, table)
	return bound, failure(err)
}
