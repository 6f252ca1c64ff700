package cassandra

import (
	"context"
	"sync"

	"db-migrate/database"
	"db-migrate/database/driverkit"
)

// weights know what rows of late weigh: a server makes a page in its memory and sends
// it whole, so that a page of heavy rows is too much for both before the first of them
// is seen.
type weights struct {
	mutex sync.Mutex
	// row is the weight of a heavy row of late in bytes; 0: none has been read.
	row int
}

// forgetting is how fast heavy rows are forgotten: a half after 45 lighter ones.
const forgetting = 64

func (w *weights) note(row database.Row) {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	w.row = max(row.Bytes(), w.row-w.row/forgetting, 1)
}

// rows is how many rows one answer may bring; one until a row has been seen.
func (w *weights) rows(room driverkit.Room) int {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	switch {
	case room.Bytes == 0:
		return room.Rows
	case w.row == 0:
		return 1
	}
	return max(1, min(room.Bytes/w.row, room.Rows))
}

// fail notes that the server could not answer a page of keys, for which it reads whole
// rows: they may be heavy, so the next one is a tenth.
func (w *weights) fail(room driverkit.Room) {
	if room.Bytes == 0 {
		return
	}
	page := room.Rows
	w.mutex.Lock()
	defer w.mutex.Unlock()
	if w.row > 0 {
		page = min(page, room.Bytes/w.row)
	}
	w.row = max(w.row, room.Bytes/max(1, page/10))
}

// keys is the page of keys: as many as are asked for until rows are known.
func (w *weights) keys(room driverkit.Room) driverkit.Room {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	if w.row == 0 {
		room.Bytes = 0
	}
	return room
}

// queryPages is query, in pages as large as the rows of late allow. The client asks for
// the pages: asked for by their state they brought rows twice.
func (t *table) queryPages(ctx context.Context, text string, values []any, width int, room driverkit.Room, use func([]raw) error) error {
	rows := t.session.Query(text, values...).PageSize(t.weights.rows(room)).Prefetch(0).IterContext(ctx)
	return scanAll(rows, width, use)
}
