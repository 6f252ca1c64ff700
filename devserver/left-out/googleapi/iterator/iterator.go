// Package iterator has the error that ends a list of archived files.
package iterator

import "errors"

// Done ends a list.
var Done = errors.New("no more items in iterator")
