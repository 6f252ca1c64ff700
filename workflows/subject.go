package workflows

import (
	"fmt"
	"net/url"
	"strings"
)

// Subject is what a worker serves and a run is about: a migration of a table in an
// environment. Each has its own task queue and its own workflow ids.
type Subject struct {
	Environment, Migration string
	// Table is the table's name as connection/table has it.
	Table string
}

// usualTable is connection/table's default, which workflow ids leave out.
const usualTable = "customers"

const queuePrefix = "db-migrate/"

// TaskQueues is how the names of an environment's task queues begin.
func TaskQueues(environment string) string { return queuePrefix + environment + "/" }

// TaskQueue is the subject's queue: a worker of another environment, migration or table
// never takes its work.
func (s Subject) TaskQueue() string {
	return TaskQueues(s.Environment) + s.Migration + "/" + escape(s.Table)
}

// escape writes what is not printable ASCII as %XX, since Temporal's client puts a task
// queue's name into a header of its calls, which holds nothing else. Another table keeps
// its name.
func escape(table string) string {
	var text strings.Builder
	for _, one := range []byte(table) {
		if one < ' ' || one > '~' || one == '%' {
			fmt.Fprintf(&text, "%%%02X", one)
		} else {
			text.WriteByte(one)
		}
	}
	return text.String()
}

// RollCall is the queue on which the workers of a migration say which tables they serve:
// who polls it is called as its own task queue. No task ever comes there.
func (s Subject) RollCall() string { return TaskQueues(s.Environment) + s.Migration }

// SubjectOf is the subject of a task queue, and reports whether it is one of ours.
func SubjectOf(taskQueue string) (Subject, bool) {
	parts := strings.SplitN(strings.TrimPrefix(taskQueue, queuePrefix), "/", 3)
	if !strings.HasPrefix(taskQueue, queuePrefix) || len(parts) < 3 {
		return Subject{}, false
	}
	table, err := url.PathUnescape(parts[2])
	if err != nil {
		return Subject{}, false
	}
	return Subject{Environment: parts[0], Migration: parts[1], Table: table}, true
}

// Name is the migration, with its table where that is not the usual one.
func (s Subject) Name() string {
	if s.Table == usualTable {
		return s.Migration
	}
	return s.Migration + "@" + s.Table
}

// QuestionID is the workflow id of a question to the subject's worker. asker tells it from
// that of somebody who asks the same meanwhile.
func (s Subject) QuestionID(activity string, asker int) string {
	s.Table = escape(s.Table)
	return fmt.Sprintf("question/%s/%s/%s/%d", activity, s.Name(), s.Environment, asker)
}

// ID is the overseer's workflow id: migration/<name>/<environment>, or, for another
// table than customers, migration/<name>@<table>/<environment>. That Temporal lets one
// workflow run under an id is the lock against a second overseer.
func (s Subject) ID(dryRun bool) string {
	name := s.Migration
	if s.Table != usualTable {
		name += "@" + url.PathEscape(s.Table)
	}
	id := "migration/" + name + "/" + s.Environment
	if dryRun {
		id += "/dry-run"
	}
	return id
}
