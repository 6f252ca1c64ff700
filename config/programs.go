package config

import "fmt"

// misplacement is what comes of a key on the command line of a program.
type misplacement int

const (
	readHere misplacement = iota
	// toldHere: it does nothing, and no harm: a notice says so.
	toldHere
	// refusedHere: it would do nothing without a word.
	refusedHere
)

// misplaced is what comes of the key on a program's command line. The starter shows
// the worker's database and table before it starts, whatever it was given of the
// connection; nothing tells of any other key that it had no effect.
func (k Key) misplaced(program Program) misplacement {
	switch {
	case program == 0 || k.ReadBy&program != 0:
		return readHere
	case program == Starter && k.profile() == "connection":
		return toldHere
	}
	return refusedHere
}

// heedProgram refuses an argument that the program would not read, or notes it.
func (l *layers) heedProgram(key Key) error {
	switch key.misplaced(l.program) {
	case refusedHere:
		return fmt.Errorf("only the %s reads it, and the %s would take no notice; give it to the %s, or write it in a file that both are given (--config, --load)", key.ReadBy, l.program, key.ReadBy)
	case toldHere:
		l.notices = append(l.notices, fmt.Sprintf("%s: only the %s reads it; here it does nothing, and may be left out", key.Name, key.ReadBy))
	}
	return nil
}

// spares reports whether a key's variables need not be set for a program: it does not
// read the key, or, of the connection, only what its command line says.
func (k Key) spares(program Program) bool {
	return program != 0 && k.ReadBy&program == 0 || program == Starter && k.profile() == "connection"
}
