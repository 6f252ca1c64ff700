package migration

import "fmt"

// Guard runs do, and makes an error of a panic, which is the row's own error then. A
// panic of Change itself needs no guard; one in a goroutine that Change has started ends
// the whole worker, since Go lets nobody else recover it, and the same row ends the next
// worker, too. So begin each such goroutine with it:
//
//	go func() { found <- migration.Guard(func() error { return ask(row) }) }()
func Guard(do func() error) (err error) {
	defer func() {
		if problem := recover(); problem != nil {
			err = fmt.Errorf("the migration panicked: %v", problem)
		}
	}()
	return do()
}
