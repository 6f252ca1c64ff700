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
	// through is how far the scan has looked behind the last range.
	through database.Key
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

// addRange adds a range that is known as a whole.
func (b *pageBuilder) addRange(upTo database.Key, customers int) {
	b.open, b.inOpen = upTo, customers
	b.customers += customers
	b.end()
}

// full tells whether the page has what was asked for, or all that it may hold.
func (b *pageBuilder) full(request PageRequest) bool {
	return b.customers >= request.Customers || b.bytes >= pageBytes
}

// reach notes that there is nobody else up to a key. The range in hand ends
// there: one that spans many who don't match would take long to read.
func (b *pageBuilder) reach(through database.Key) {
	if b.inOpen > 0 {
		b.open = through
		b.end()
		return
	}
	b.through = through
}

func (b *pageBuilder) end() {
	if b.inOpen == 0 {
		return
	}
	b.through = nil
	b.ends = append(b.ends, RangeEnd{UpTo: b.open, Customers: b.inOpen})
	for _, value := range b.open {
		b.bytes += len(value) + 4
	}
	b.bytes += 28
	b.inOpen = 0
}

func (b *pageBuilder) page(done bool) Page {
	b.end()
	return Page{Ends: b.ends, Through: b.through, Done: done}
}
