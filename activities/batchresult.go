package activities

import (
	"time"

	"db-migrate/database"
)

func (b *batchRun) result(reason string) BatchResult {
	result := BatchResult{Ranges: b.progress.Ranges, Troubled: b.progress.Troubled, Refused: b.progress.Refused,
		Samples: b.samples, Rest: b.rest, RestReason: reason, Attempt: b.attempt,
		Customers: b.progress.Customers - b.before, Elapsed: time.Since(b.started), Waited: b.waited, Beside: besideOf(b.migrator.Guard)}
	if len(b.rest) > 0 && reason == "" {
		result.RestReason = RestContention
	}
	if b.progress.Index < len(b.batch.Ranges) {
		current := b.batch.Ranges[b.progress.Index]
		result.Ranges = append(result.Ranges, RangeCounts{current.Sequence, b.progress.Current})
		result.Rest = append(result.Rest, b.remainder(current))
		for _, part := range b.batch.Ranges[b.progress.Index+1:] {
			part.Worked = part.Worked || b.attempt > 1
			result.Rest = append(result.Rest, part)
		}
	}
	return result
}

// remainder is what is left of the range in hand.
func (b *batchRun) remainder(current database.Range) database.Range {
	left := current
	left.Worked = left.Worked || b.attempt > 1 || b.writing
	left.Customers = max(1, current.Customers-b.progress.Current.Total())
	if current.Bytes != nil {
		left.Bytes = &database.ByteRange{From: b.offset(current), To: current.Bytes.To}
	} else if current.Explicit() {
		left.Keys = current.Keys[b.progress.Taken:]
		left.Customers = len(left.Keys)
	} else if b.progress.After != nil {
		left.After = b.progress.After
	}
	return left
}
