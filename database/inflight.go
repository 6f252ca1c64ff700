package database

// InFlight is a table without sets: it writes customers one by one, several of
// them under way at once for each caller, who waits for answers most of the time.
type InFlight interface {
	// InFlight is how many customers each caller has under way at once.
	InFlight() int
}
