package wild

import "fmt"

// Population is all customers of one demo database.
type Population struct {
	// Rows is the number of customers; their indexes are 0 to Rows-1.
	Rows int
	// Seed decides everything else: the same seed, the same customers.
	Seed uint64
	// Poison is how many customers cannot be migrated, besides the stretch.
	// They are scattered: one at random in each of Poison equal parts.
	Poison int
	// Stretch are customers side by side none of whom can be migrated.
	Stretch Stretch
}

// Stretch is Count customers side by side, the first of them at index From.
type Stretch struct{ From, Count int }

func (s Stretch) contains(index int) bool { return s.From <= index && index < s.From+s.Count }

// Validate tells what is wrong with the numbers.
func (p Population) Validate() error {
	switch {
	case p.Rows < 0:
		return fmt.Errorf("rows is %d; it must be 0 or more", p.Rows)
	case p.Stretch.From < 0 || p.Stretch.Count < 0 || p.Stretch.From > p.Rows-p.Stretch.Count:
		return fmt.Errorf("the poison stretch is %d:%d; it must lie within the %d rows, the first of which is 0",
			p.Stretch.From, p.Stretch.Count, p.Rows)
	case p.Poison < 0 || p.Poison > p.Rows-p.Stretch.Count:
		return fmt.Errorf("poison is %d; it must be 0 to %d, the rows outside of the poison stretch",
			p.Poison, p.Rows-p.Stretch.Count)
	}
	return nil
}

// Customer makes the customer at an index.
func (p Population) Customer(index int) Customer {
	if p.Stretch.contains(index) || p.scattered(index) {
		return NewPoisoned(p.Seed, index)
	}
	return New(p.Seed, index)
}

// scattered reports whether the customer at an index, outside of the stretch, is
// the poisoned one of its part.
func (p Population) scattered(index int) bool {
	if p.Poison == 0 {
		return false
	}
	rows := p.Rows - p.Stretch.Count
	if index >= p.Stretch.From+p.Stretch.Count {
		index -= p.Stretch.Count
	}
	part := index * p.Poison / rows
	start, end := p.partStart(part, rows), p.partStart(part+1, rows)
	return index == start+newDice(p.Seed+1, part).below(end-start)
}

// partStart is the first index of the part.
func (p Population) partStart(part, rows int) int {
	return (part*rows + p.Poison - 1) / p.Poison
}
