package settle

import "db-migrate/database"

// Spread keeps some of many keys: the first, the last, and others that lie evenly between
// them, in the order in which they were added.
type Spread struct {
	First   []database.Key `json:"first,omitempty"`
	Between []database.Key `json:"between,omitempty"`
	Last    []database.Key `json:"last,omitempty"`
	// Every is of how many keys between one is kept, and Seen how many there were.
	Every int `json:"every,omitempty"`
	Seen  int `json:"seen,omitempty"`
}

// Add adds a key, and keeps size between the ends, and a quarter of it at each, at most.
func (s *Spread) Add(key database.Key, size int) {
	ends := max(1, size/4)
	if len(s.First) < ends {
		s.First = append(s.First, key)
		return
	}
	s.Last = append(s.Last, key)
	if len(s.Last) <= ends {
		return
	}
	key, s.Last = s.Last[0], append([]database.Key{}, s.Last[1:]...)
	if s.Every = max(1, s.Every); s.Seen%s.Every == 0 {
		s.Between = append(s.Between, key)
	}
	s.Seen++
	if len(s.Between) > size {
		s.thin()
	}
}

// thin leaves every other key out.
func (s *Spread) thin() {
	var kept []database.Key
	for i := 0; i < len(s.Between); i += 2 {
		kept = append(kept, s.Between[i])
	}
	s.Between, s.Every = kept, 2*s.Every
}

// Keys are those that were kept.
func (s *Spread) Keys() []database.Key {
	keys := make([]database.Key, 0, len(s.First)+len(s.Between)+len(s.Last))
	return append(append(append(keys, s.First...), s.Between...), s.Last...)
}
