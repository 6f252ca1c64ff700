package activities

import (
	"context"

	"go.temporal.io/sdk/activity"

	"db-migrate/idfile"
)

// FilePageRequest asks for the next page of ranges of a file.
type FilePageRequest struct {
	Order
	// Offset is where the last page ended.
	Offset int64 `json:"offset"`
	// RangeSize is how many ids a range should have, Customers how many the
	// page should have at most.
	RangeSize int `json:"range_size"`
	Customers int `json:"customers"`
}

// FilePage is a page of neighbouring ranges of a file.
type FilePage struct {
	Ends []FileRangeEnd `json:"ends"`
	// Done: the file has come to its end.
	Done bool `json:"done"`
}

// FileRangeEnd is where a range of a file ends and how many ids it has.
type FileRangeEnd struct {
	To        int64 `json:"to"`
	Customers int   `json:"customers"`
}

// ScanFile finds the next ranges of the file that names the customers.
func (s *CustomerScanner) ScanFile(ctx context.Context, request FilePageRequest) (FilePage, error) {
	if _, err := s.Connection.tableFor(ctx, request.Order); err != nil {
		return FilePage{}, lasting(ctx, err)
	}
	file, err := s.Files.Open(*request.File)
	if err != nil {
		return FilePage{}, failure(err)
	}
	defer func() { _ = file.Close() }() // it is only read
	page, err := scanFile(ctx, file, request)
	return page, failure(err)
}

func scanFile(ctx context.Context, file *idfile.File, request FilePageRequest) (FilePage, error) {
	var page FilePage
	offset, rangeSize := request.Offset, max(1, request.RangeSize)
	for customers := 0; customers < request.Customers && len(page.Ends) < filePageRanges; {
		ids, err := file.Read(offset, 0, rangeSize)
		if err != nil {
			return FilePage{}, err
		}
		if len(ids) > 0 {
			offset = ids[len(ids)-1].Next
			page.Ends = append(page.Ends, FileRangeEnd{offset, len(ids)})
			customers += len(ids)
		}
		if len(ids) < rangeSize {
			page.Done = true
			return page, nil
		}
		activity.RecordHeartbeat(ctx)
	}
	return page, nil
}

// filePageRanges bounds a page's size in Temporal, at some 40 bytes a range.
const filePageRanges = 2000
