package database

// Part is a stretch of the table. Both ends belong to it, and nil is the table's
// own end.
type Part struct{ From, To Key }

// PartError says why there is no such part of the table: its ends are swapped, or
// the database has no order that a person could mean.
type PartError struct{ Reason string }

func (e *PartError) Error() string { return e.Reason }

// UnfinishedError says that a fetch has looked at many customers of whom few or
// none are the plan's (Where), and stopped. What it returns is all there is up to
// Through, and it goes on after that.
type UnfinishedError struct{ Through Key }

func (e *UnfinishedError) Error() string {
	return "the fetch has looked up to " + e.Through.String() + ", and there is more"
}
