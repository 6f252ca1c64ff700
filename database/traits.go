package database

// Traits are what a table can do beyond the contract. The driver chooses them once, when
// the table is prepared; a nil field is an ability that the table, or the plan, does not
// have, and the plain way is taken.
type Traits struct {
	// Strides finds where a range ends without handing out its keys.
	Strides Strides
	// Conditional is set where the plan's condition leaves rows out: a stride counts
	// them, too, so ranges are found by fetching keys.
	Conditional bool
	// Stretches migrates neighbours without handing out their keys.
	Stretches Stretches
	// Singly writes rows in transactions of their own, many in a round trip.
	Singly Singly
	// Speller tells which keys are the same, where they may be spelled in different ways.
	Speller Speller
	// Rehearsal shows what writes would come to; nil: the database cannot undo them.
	Rehearsal Rehearsal
	// KeysParser makes keys of texts, many in a round trip.
	KeysParser KeysParser
	// InFlight is how many rows each caller has under way at once, on a table without
	// sets, which writes rows one by one and waits for answers most of the time. 0: the
	// table writes sets.
	InFlight int
	// Rejudges: a check can ask for what migrate does, so that it is no more true of a row
	// that is migrated.
	Rejudges bool
	// Repeatable: each change comes to the same if it is made twice; others are refused.
	Repeatable bool
	// Site feels what the live site feels; nil: nothing is known of a site.
	Site Site
}
