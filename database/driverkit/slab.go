package driverkit

// Slab hands out slices of a few large ones: the values of a set's rows are made
// together and forgotten together, and each would else be an allocation of its own.
// The first ones are small, so that few slices take little.
type Slab[T any] struct {
	left []T
	size int
}

// slabLength is how many elements are made at once at most, unless more are asked for.
const slabLength = 512

// Take returns a slice of n zero elements, which nobody else has.
func (s *Slab[T]) Take(n int) []T {
	if len(s.left) < n {
		s.size = max(n, min(2*s.size, slabLength))
		s.left = make([]T, s.size)
	}
	taken := s.left[:n:n]
	s.left = s.left[n:]
	return taken
}
