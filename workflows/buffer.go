package workflows

import "db-migrate/database"

// Buffer holds the ranges between the scanner and the processes. Full, it makes
// the scanner wait.
type Buffer struct {
	Ranges []database.Range `json:"ranges,omitempty"`
}

// bufferBytes bounds the buffer's share of a continue-as-new's input.
const bufferBytes = 256 << 10

// Customers is how many customers the buffer holds.
func (b *Buffer) Customers() int {
	total := 0
	for _, part := range b.Ranges {
		total += part.Customers
	}
	return total
}

func (b *Buffer) bytes() int {
	total := 0
	for _, part := range b.Ranges {
		total += 60 + keyBytes(part.After) + keyBytes(part.UpTo)
		for _, key := range part.Keys {
			total += keyBytes(key)
		}
	}
	return total
}

func keyBytes(key database.Key) int {
	total := 4
	for _, value := range key {
		total += len(value) + 4
	}
	return total
}

// put adds the scanner's ranges at the end.
func (b *Buffer) put(parts ...database.Range) { b.Ranges = append(b.Ranges, parts...) }

// putBack adds the rest of a batch at the front, to be taken first.
func (b *Buffer) putBack(parts []database.Range) {
	if len(parts) > 0 {
		b.Ranges = append(append([]database.Range{}, parts...), b.Ranges...)
	}
}

// batchRanges bounds the ranges of a batch: each is counted in its heartbeats.
const batchRanges = 100

// take takes neighbouring ranges of about so many customers, at least one.
func (b *Buffer) take(customers int) []database.Range {
	taken, total := 0, 0
	for taken < len(b.Ranges) && taken < batchRanges {
		next := b.Ranges[taken].Customers
		if taken > 0 && total+next > customers {
			break
		}
		total += next
		taken++
	}
	parts := b.Ranges[:taken:taken]
	b.Ranges = b.Ranges[taken:]
	return parts
}

func countCustomers(parts []database.Range) int {
	buffer := Buffer{Ranges: parts}
	return buffer.Customers()
}
