package activities

import "db-migrate/database"

// pageBuilder groups keys, in order, into ranges of about equal size.
type pageBuilder struct {
	rangeSize int
	ends      []RangeEnd
	// open is the last key seen of a range that has not ended yet, and inOpen
	// how many customers it has.
	open      database.Key
	inOpen    int
	customers int
	bytes     int
}

func (b *pageBuilder) add(keys []database.Key) {
	for _, key := range keys {
		// Equal keys are customers that no bound can tell apart.
		if b.inOpen >= b.rangeSize && !key.Equal(b.open) {
			b.end()
		}
		b.open = key
		b.inOpen++
		b.customers++
	}
	if b.inOpen >= b.rangeSize {
		b.end()
	}
}

func (b *pageBuilder) end() {
	if b.inOpen == 0 {
		return
	}
	b.ends = append(b.ends, RangeEnd{UpTo: b.open, Customers: b.inOpen})
	for _, value := range b.open {
		b.bytes += len(value) + 4
	}
	b.bytes += 28
	b.inOpen = 0
}

func (b *pageBuilder) page(done bool) Page {
	b.end()
	return Page{Ends: b.ends, Done: done}
}
