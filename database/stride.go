package database

import "context"

// Strides is a table that can find where a range ends without handing out its
// keys.
type Strides interface {
	// Stride goes so many customers on after one key (nil: from the beginning) and
	// up to another.
	Stride(ctx context.Context, after, upTo Key, customers int) (Stride, error)
}

// Stride is where a range ends.
type Stride struct {
	// UpTo is its last key; nil: there are no more customers.
	UpTo      Key
	Customers int
	// Last: behind it there are no more.
	Last bool
}
