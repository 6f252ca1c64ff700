package activities

import (
	"context"
	"errors"
	"time"

	"go.temporal.io/sdk/activity"

	"db-migrate/database"
)

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
		return Page{}, lasting(ctx, err)
	}
	if err := s.Connection.savePagingState(ctx, table, request.Order, request.LowWater); err != nil {
		return Page{}, lasting(ctx, err)
	}
	var page Page
	if far := strides(table, request); far != nil {
		page, err = scanByStrides(ctx, far, request)
	} else {
		page, err = scan(ctx, table, request)
	}
	return page, lasting(ctx, s.Connection.doubt(err))
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

// strides finds the ends of ranges, if they are so large that only these are worth
// fetching; nil: keys are fetched.
func strides(table database.Table, request PageRequest) database.Strides {
	traits := table.Traits()
	if traits.Conditional || request.RangeSize < request.FetchSize {
		return nil
	}
	return traits.Strides
}

// scanByStrides reads a page, a range at a time.
func scanByStrides(ctx context.Context, table database.Strides, request PageRequest) (Page, error) {
	var builder pageBuilder
	after, until := request.After, time.Now().Add(pageTime)
	for {
		found, err := table.Stride(ctx, after, request.UpTo, request.RangeSize)
		if err != nil {
			return Page{}, err
		}
		activity.RecordHeartbeat(ctx)
		if found.UpTo != nil {
			builder.addRange(found.UpTo, found.Customers)
			after = found.UpTo
		}
		if found.Last || builder.full(request) || time.Now().After(until) {
			return builder.page(found.Last), nil
		}
	}
}

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

// full reports whether the page has what was asked for, or all that it may hold.
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
