package settle

import (
	"cmp"
	"slices"

	"db-migrate/database"
)

// Placed is a key, and the place in the table where it was found: the sequence of its
// range, and the number of the key among those that a Spread was given.
type Placed struct {
	Key    database.Key `json:"key"`
	Place  int64        `json:"place"`
	Number int          `json:"number,omitempty"`
}

func (p Placed) compare(other Placed) int {
	return cmp.Or(cmp.Compare(p.Place, other.Place), cmp.Compare(p.Number, other.Number))
}

// Spread keeps some of many keys: the first, the last, and others that lie evenly between
// them, by their place; those of one place in the order in which they were added. Batches
// end in any order, and a table's end is nevertheless its end.
type Spread struct {
	First   []Placed `json:"first,omitempty"`
	Between []Placed `json:"between,omitempty"`
	Last    []Placed `json:"last,omitempty"`
	// Added is how many keys there were; every so many of those between, one is kept, and
	// Seen is how many of them there were.
	Added int `json:"added,omitempty"`
	Every int `json:"every,omitempty"`
	Seen  int `json:"seen,omitempty"`
}

// Add adds a key, and keeps size between the ends, and a quarter of it at each, at most.
func (s *Spread) Add(key Placed, size int) {
	ends := max(1, size/4)
	key.Number = s.Added
	s.Added++
	if s.First = placed(s.First, key); len(s.First) <= ends {
		return
	}
	key, s.First = s.First[ends], s.First[:ends:ends]
	if s.Last = placed(s.Last, key); len(s.Last) <= ends {
		return
	}
	key, s.Last = s.Last[0], slices.Clone(s.Last[1:])
	if s.Every = max(1, s.Every); s.Seen%s.Every == 0 {
		s.Between = placed(s.Between, key)
	}
	s.Seen++
	if len(s.Between) > size {
		s.thin()
	}
}

// placed are the keys with one more, in their order.
func placed(keys []Placed, key Placed) []Placed {
	at, _ := slices.BinarySearchFunc(keys, key, Placed.compare)
	return slices.Insert(keys, at, key)
}

// thin leaves every other key out.
func (s *Spread) thin() {
	var kept []Placed
	for i := 0; i < len(s.Between); i += 2 {
		kept = append(kept, s.Between[i])
	}
	s.Between, s.Every = kept, 2*s.Every
}

// Placed are those that were kept.
func (s *Spread) Placed() []Placed { return slices.Concat(s.First, s.Between, s.Last) }

// Keys are those that were kept, without their places.
func (s *Spread) Keys() []database.Key {
	var keys []database.Key
	for _, key := range s.Placed() {
		keys = append(keys, key.Key)
	}
	return keys
}
