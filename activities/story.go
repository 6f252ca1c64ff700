package activities

import (
	"context"
	"errors"

	"db-migrate/database"
	"db-migrate/idfile"
)

// RowRequest asks about one row, by its key as people write it: columns with a tab
// between them.
type RowRequest struct {
	Key string `json:"key"`
}

// RowStory is what the database knows of a row.
type RowStory struct {
	Fingerprint Fingerprint  `json:"fingerprint"`
	Worker      string       `json:"worker"`
	Key         database.Key `json:"key"`
	// NoKey is why no row can have that key; all else is unknown then.
	NoKey string `json:"no_key,omitempty"`
	// Found: the table has such a row, and it is the plan's.
	Found bool `json:"found"`
	// Ledger is its ledger row, and Letter its dead letter; nil: there is none.
	Ledger *database.LedgerRow  `json:"ledger,omitempty"`
	Letter *database.DeadLetter `json:"letter,omitempty"`
}

// letterPage is how many dead letters are read at a time.
const letterPage = 1000

// DescribeRow tells what the database knows of a row; it writes nothing.
func (s *CustomerScanner) DescribeRow(ctx context.Context, request RowRequest) (RowStory, error) {
	own, err := s.Connection.Fingerprint()
	if err != nil {
		return RowStory{}, administrationFailure(err)
	}
	table, err := s.Connection.opened()
	if err != nil {
		return RowStory{}, administrationFailure(err)
	}
	key, err := table.ParseKey(ctx, idfile.Columns(request.Key, len(table.KeyColumns())))
	var wrong *database.KeyError
	if errors.As(err, &wrong) {
		return RowStory{Fingerprint: own, Worker: workerName(), Key: database.Key{request.Key}, NoKey: wrong.Reason}, nil
	}
	if err != nil {
		return RowStory{}, administrationFailure(err)
	}
	story := RowStory{Fingerprint: own, Worker: workerName(), Key: key}
	return story, administrationFailure(story.ask(ctx, table))
}

func (s *RowStory) ask(ctx context.Context, table database.Table) error {
	rows, err := table.ReadKeys(ctx, []database.Key{s.Key})
	if err != nil {
		return err
	}
	s.Found = len(rows) > 0
	known, err := table.Ledger(ctx, []database.Key{s.Key})
	if err != nil || len(known) == 0 {
		return err
	}
	if s.Ledger = &known[0]; !s.Ledger.Failed {
		return nil
	}
	s.Letter, err = letterOf(ctx, table, s.Ledger.Spelled())
	return err
}

// letterOf looks for a row's dead letter.
func letterOf(ctx context.Context, table database.Table, key database.Key) (*database.DeadLetter, error) {
	var after database.Key
	for {
		letters, err := table.DeadLetters(ctx, afterEveryRun(), after, letterPage)
		if err != nil || len(letters) == 0 {
			return nil, err
		}
		for i := range letters {
			if letters[i].Key.Equal(key) {
				return &letters[i], nil
			}
		}
		after = letters[len(letters)-1].Key
	}
}
