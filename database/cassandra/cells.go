package cassandra

import gocql "github.com/apache/cassandra-gocql-driver/v2"

// store keeps the bytes of many values in few pieces of memory.
type store struct{ used []byte }

// storeBytes is the size of a piece.
const storeBytes = 16 << 10

func (s *store) keep(data []byte) raw {
	if s.used == nil || len(data) > cap(s.used)-len(s.used) {
		s.used = make([]byte, 0, max(storeBytes, len(data)))
	}
	begin := len(s.used)
	s.used = append(s.used, data...)
	return raw(s.used[begin:len(s.used):len(s.used)])
}

// cell is where the driver puts one value of the row in hand.
type cell struct {
	store *store
	value raw
}

// UnmarshalCQL keeps the bytes; null is nil.
func (c *cell) UnmarshalCQL(_ gocql.TypeInfo, data []byte) error {
	c.value = nil
	if data != nil {
		c.value = c.store.keep(data)
	}
	return nil
}

type cells []cell

// newCells are the cells of a row, and the same as the driver wants them.
func newCells(width int) (cells, []any) {
	made, targets, all := make(cells, width), make([]any, width), &store{}
	for i := range made {
		made[i].store, targets[i] = all, &made[i]
	}
	return made, targets
}

// row are the values of the row in hand.
func (c cells) row() []raw {
	values := make([]raw, len(c))
	for i, cell := range c {
		values[i] = cell.value
	}
	return values
}
