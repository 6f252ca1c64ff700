package activities

import (
	"context"
	"path/filepath"
	"unicode/utf8"

	"db-migrate/database"
	"db-migrate/idfile"
	"db-migrate/migration"
)

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
	_, seen, err := s.Connection.examine(ctx)
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
		return Inspection{}, fileFailure(err)
	}
	inspection.File, inspection.Estimate = &file, file.Customers
	return inspection, nil
}

// introduce says who answers, and with which migration.
func (c *Connection) introduce(own Fingerprint) Inspection {
	return Inspection{Fingerprint: own, Worker: workerName(), Where: c.Migration.Where, Source: sourceOf(c.Migration)}
}

// Check is what a worker answers about its table before a migration.
type Check struct {
	Inspection
	Examination database.Examination `json:"examination"`
}

// ExaminationRequest asks for a look at the table before a start with these options.
type ExaminationRequest struct {
	SameLedger bool `json:"same_ledger,omitempty"`
	Again      bool `json:"again,omitempty"`
}

// ExamineTable looks at the live table as it is now; it writes nothing.
func (s *CustomerScanner) ExamineTable(ctx context.Context, request ExaminationRequest) (Check, error) {
	own, err := s.Connection.Fingerprint()
	if err != nil {
		return Check{}, administrationFailure(err)
	}
	table, seen, err := s.Connection.examine(ctx)
	if err == nil && table != nil {
		err = s.Connection.refusal(ctx, table, request, &seen)
	}
	if err != nil {
		return Check{}, administrationFailure(err)
	}
	check := Check{Examination: seen, Inspection: s.Connection.introduce(own)}
	if seen.Key == nil {
		return check, nil // not even the table is as it should be
	}
	bound, err := table.Bound(ctx, nil)
	check.Estimate = bound.Estimate
	return check, administrationFailure(err)
}

// refusal adds to the problems why a start would be refused by the books.
func (c *Connection) refusal(ctx context.Context, table database.Table, request ExaminationRequest, seen *database.Examination) error {
	err := table.Recognise(ctx, database.RunRequest{Migration: c.Migration.Name, Definition: c.Migration.Definition(), SameLedger: request.SameLedger, Again: request.Again})
	if err != nil && database.ClassOf(err) == database.Broken {
		seen.Problems = append(seen.Problems, database.CleanText(err.Error(), failureLength))
		return nil
	}
	return err
}

// examine prepares the migration anew, since the table may have changed after the
// worker was started, and examines it. What Prepare refuses are problems, too; the
// table is nil then.
func (c *Connection) examine(ctx context.Context) (database.Table, database.Examination, error) {
	c.mutex.Lock()
	open := c.open
	c.mutex.Unlock()
	if open == nil {
		return nil, database.Examination{}, errNotOpen
	}
	table, err := c.prepare(ctx, open)
	switch {
	case err != nil && database.ClassOf(err) == database.Broken:
		return nil, shown(database.Examination{Problems: texts(err), Notices: c.outdatedNotice()}), nil
	case err != nil:
		return nil, database.Examination{}, err
	}
	seen, err := table.Examine(ctx)
	seen.Notices = append(c.outdatedNotice(), seen.Notices...)
	return table, shown(seen), err
}

// shown is an examination as it can travel and be shown: names and plans are the
// database's, and may hold anything.
func shown(seen database.Examination) database.Examination {
	for i := range seen.Notices {
		seen.Notices[i].Text = database.CleanText(seen.Notices[i].Text, failureLength)
	}
	for i := range seen.Problems {
		seen.Problems[i] = database.CleanText(seen.Problems[i], failureLength)
	}
	for _, statement := range seen.Statements {
		for i := range statement.Plan {
			statement.Plan[i] = database.CleanText(statement.Plan[i], failureLength)
		}
	}
	return seen
}

// texts are the errors that were joined, one by one.
func texts(err error) []string {
	joined, isJoined := err.(interface{ Unwrap() []error })
	if !isJoined {
		return []string{err.Error()}
	}
	var list []string
	for _, one := range joined.Unwrap() {
		list = append(list, texts(one)...)
	}
	return list
}

// Source is a migration as its worker has it, for people to compare with their own.
type Source struct {
	// File is the YAML file on the worker's host; empty: the migration is part of
	// the worker's program.
	File string `json:"file,omitempty"`
	// Version is what the migration states.
	Version string `json:"version,omitempty"`
	// Reads and Writes are the columns of a migration in Go.
	Reads  []string `json:"reads,omitempty"`
	Writes []string `json:"writes,omitempty"`
	// Statements are those of a migration in SQL, cut where they are very long.
	Statements *database.Statements `json:"statements,omitempty"`
}

const (
	// shownStatement bounds a statement, in bytes, and shownStatements how many there
	// are: an inspection's answer must stay well below Temporal's limits for a payload.
	shownStatement  = 8 << 10
	shownStatements = 20
)

func sourceOf(m migration.Migration) *Source {
	source := &Source{File: m.File, Version: m.Version, Reads: m.Reads, Writes: m.Writes}
	if path, err := filepath.Abs(m.File); err == nil && m.File != "" {
		source.File = path
	}
	if m.Statements == nil {
		return source
	}
	shown := &database.Statements{Check: cut(m.Statements.Check)}
	for _, statement := range m.Statements.Migrate[:min(len(m.Statements.Migrate), shownStatements)] {
		shown.Migrate = append(shown.Migrate, cut(statement))
	}
	source.Statements = shown
	return source
}

// cut is a statement's beginning, of whole characters.
func cut(statement string) string {
	if len(statement) <= shownStatement {
		return statement
	}
	end := shownStatement
	for end > 0 && !utf8.RuneStart(statement[end]) {
		end--
	}
	return statement[:end] + "…"
}

// LookAtFile says that the file of the worker's migration has changed since the worker
// was started; empty: it has not.
func (c *Connection) LookAtFile() string {
	text := c.Migration.Outdated()
	if text != "" {
		text += "; the worker goes on with what it read when it was started: restart it to run what the file says"
	}
	c.outdated.Store(&text)
	return text
}

// Outdated is what the last look at the migration's file has come to.
func (s *CustomerScanner) Outdated() string {
	if s == nil || s.Connection == nil {
		return ""
	}
	if text := s.Connection.outdated.Load(); text != nil {
		return *text
	}
	return ""
}

// outdatedNotice is LookAtFile as a notice, if there is something to tell.
func (c *Connection) outdatedNotice() []database.Notice {
	if text := c.LookAtFile(); text != "" {
		return []database.Notice{{Text: text, Loud: true}}
	}
	return nil
}
