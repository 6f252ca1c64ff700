package settle

import (
	"context"
	"errors"
	"fmt"
	"time"

	"db-migrate/database"
)

// Preview is what a rehearsal has shown of some rows that need the migration.
type Preview struct {
	// Rows is how many were rehearsed, and Refused how many of them would fail; Samples
	// shows some of the others before and after, Failures some of those.
	Rows     int        `json:"rows"`
	Refused  int        `json:"refused,omitempty"`
	Samples  []Sample   `json:"samples,omitempty"`
	Failures []Troubled `json:"failures,omitempty"`
	// Left would stay as they are: there is no check, and the statement's own conditions
	// leave them out. A run counts them as previously migrated.
	Left int `json:"left,omitempty"`
	// Locked were locked by others, or too slow, for as long as a statement waits.
	Locked int `json:"locked,omitempty"`
	// Unable says why nothing was rehearsed that could not be undone, and Broken what
	// the database refuses for every row.
	Unable string `json:"unable,omitempty"`
	Broken string `json:"broken,omitempty"`
	// Held is how long it took to write Set rows together, without the commit.
	Set  int           `json:"set,omitempty"`
	Held time.Duration `json:"held,omitempty"`
}

// Fails reports whether the rehearsal has shown that the migration would fail.
func (p *Preview) Fails() bool { return p != nil && (p.Refused > 0 || p.Broken != "") }

const (
	// previewSamples is how many rows are shown, and how many failures.
	previewSamples = 10
	// previewLocked is how many locked rows a rehearsal waits for.
	previewLocked = 3
	// sampleColumns bounds the columns that are shown of a row.
	sampleColumns = 40
)

// previewing is the rehearsal of some rows.
type previewing struct {
	*settling
	rehearsal database.Rehearsal
	shown     Preview
	// sound were written one by one.
	sound []database.Write
}

// Preview writes the rows of these keys, each in a transaction that is undone, and then
// all of them together. It leaves out rows that need nothing, or that the migration
// itself refuses.
func (s *Settler) Preview(ctx context.Context, table database.Table, job Job, keys []database.Key) (Preview, error) {
	p := &previewing{settling: s.begin(table, job), rehearsal: table.Traits().Rehearsal}
	writes, err := p.wanted(ctx, keys)
	if err != nil {
		return Preview{}, err
	}
	if p.rehearsal == nil {
		p.unable("this database has no transaction that could be undone", writes)
		return p.shown, nil
	}
	err = p.each(ctx, writes)
	p.shown.Samples = evenly(p.shown.Samples, previewSamples)
	if err != nil || p.shown.Broken != "" || len(p.sound) == 0 {
		return p.shown, err
	}
	return p.shown, p.together(ctx)
}

// wanted are the changes that the rows need, in the order of the keys.
func (p *previewing) wanted(ctx context.Context, keys []database.Key) ([]database.Write, error) {
	rows, err := p.table.ReadKeys(ctx, keys)
	if err != nil || len(rows) == 0 {
		return nil, err
	}
	found := map[string]database.Row{}
	for _, row := range rows {
		found[row.Key.Text()] = row
	}
	rows = rows[:0]
	for _, key := range keys {
		if row, there := found[key.Text()]; there {
			rows = append(rows, row)
		}
	}
	var writes []database.Write
	for len(rows) > 0 {
		var decided []database.Write
		if decided, rows, err = p.decideNext(ctx, rows); err != nil {
			return nil, err
		}
		writes = append(writes, decided...)
	}
	return writes, nil
}

// evenly are so many of the samples, from the first to the last.
func evenly(samples []Sample, number int) []Sample {
	if len(samples) <= number {
		return samples
	}
	chosen := make([]Sample, number)
	for i := range chosen {
		chosen[i] = samples[i*(len(samples)-1)/(number-1)]
	}
	return chosen
}

// unable shows what is known without writing.
func (p *previewing) unable(reason string, writes []database.Write) {
	p.shown = Preview{Unable: reason}
	for _, write := range writes[:min(len(writes), previewSamples)] {
		p.shown.Samples = append(p.shown.Samples, sampleOf(write))
	}
}

// each rehearses the rows one by one: so an error has its row, and a row of the site's
// is locked for a moment alone.
func (p *previewing) each(ctx context.Context, writes []database.Write) error {
	for _, write := range writes {
		if p.shown.Locked >= previewLocked {
			return nil
		}
		p.doing(DoingMigrating, write.Row.Key)
		found, err := p.rehearsal.Rehearse(ctx, []database.Write{write})
		var undo *database.UndoError
		switch class := database.ClassOf(err); {
		case err == nil:
			p.look(write, found.Rows[0])
		case errors.As(err, &undo):
			p.unable(undo.Reason, writes)
			return nil
		case ctx.Err() != nil || class == database.Disconnected:
			return err
		case class == database.Own:
			p.refuse(write, err)
		case class == database.Contention:
			p.shown.Locked++
		default:
			p.shown.Broken = ErrorText(err.Error())
			return nil
		}
	}
	return nil
}

// look finds out what became of a row. One that is gone, or that the site has changed
// meanwhile, shows nothing.
func (p *previewing) look(write database.Write, row database.RehearsedRow) {
	statements := p.settler.Migration.Statements
	switch {
	case row.Before == nil || !row.Written && statements == nil:
	case !row.Written && statements.Check == "":
		p.shown.Left++
	case !row.Written:
		p.refuse(write, errors.New("the row needs migrating, but the attempt changed nothing; make the check and the first statement ask for the same rows"))
	case row.Needed:
		p.refuse(write, errors.New("migrated, the row still needs it by the check; make the check ask for what migrate does"))
	default:
		p.shown.Rows++
		p.sound = append(p.sound, write)
		p.shown.Samples = append(p.shown.Samples, p.sampleOf(write, row))
	}
}

func (p *previewing) refuse(write database.Write, err error) {
	p.shown.Rows++
	p.shown.Refused++
	if len(p.shown.Failures) < previewSamples {
		p.shown.Failures = append(p.shown.Failures, p.troubled(write.Row.Key, err))
	}
}

// sampleOf shows the columns that change, and those of the plan that have a value.
func (p *previewing) sampleOf(write database.Write, row database.RehearsedRow) Sample {
	sample := Sample{Key: write.Row.Key, Gone: row.After == nil}
	for i, name := range row.Columns {
		before, after := row.Before[i], any(nil)
		if row.After != nil {
			after = row.After[i]
		}
		column := SampleColumn{Name: name, Before: showValue(before), After: showValue(after)}
		if !equalShown(before, after) && column.Before == column.After {
			column.After += " (another value, beyond what is shown)"
		}
		if equalShown(before, after) && (before == nil || !p.read(write, name)) || len(sample.Columns) == sampleColumns {
			continue
		}
		sample.Columns = append(sample.Columns, column)
	}
	return sample
}

// read reports whether the migration reads a column.
func (p *previewing) read(write database.Write, name string) bool {
	for _, column := range write.Row.Columns {
		if column == name {
			return true
		}
	}
	return false
}

func equalShown(before, after any) bool { return fmt.Sprint(before) == fmt.Sprint(after) }

// together writes the rows in one transaction, to see how long that takes.
func (p *previewing) together(ctx context.Context) error {
	writes := p.sound[:min(len(p.sound), p.table.TransactionLimit())]
	found, err := p.rehearsal.Rehearse(ctx, writes)
	switch {
	case err == nil:
		p.shown.Set, p.shown.Held = len(writes), found.Held
	case ctx.Err() != nil:
		return err
	}
	return nil // it is for the estimate alone
}
