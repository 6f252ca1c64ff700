package wild

import "math/bits"

// dice is a small generator of random numbers (splitmix64). It costs nothing to
// start, and every customer starts its own.
type dice uint64

// newDice starts the numbers that belong to a seed and an index.
func newDice(seed uint64, index int) *dice {
	start := dice(seed)
	start = dice(start.next() ^ uint64(index)*0xd1342543de82ef95)
	return &start
}

func (d *dice) next() uint64 {
	*d += 0x9e3779b97f4a7c15
	mixed := uint64(*d)
	mixed = (mixed ^ mixed>>30) * 0xbf58476d1ce4e5b9
	mixed = (mixed ^ mixed>>27) * 0x94d049bb133111eb
	return mixed ^ mixed>>31
}

// below is a number from 0 to n-1.
func (d *dice) below(n int) int {
	high, _ := bits.Mul64(d.next(), uint64(n))
	return int(high)
}

// percent is true in so many of a hundred cases.
func (d *dice) percent(chance int) bool { return d.below(100) < chance }

// pick takes one of the choices.
func pick[T any](d *dice, choices []T) T { return choices[d.below(len(choices))] }
