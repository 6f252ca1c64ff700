package config

import (
	"fmt"
	"slices"
)

// compared are the keys of the worker that the starter compares with what the worker
// has, where they stand on its command line.
func compared() []string {
	return []string{"connection/driver", "connection/table", "connection/url"}
}

// misplaced reports whether the key does nothing on a program's command line, so that
// somebody must say so.
func (k Key) misplaced(program Program) bool {
	return program != 0 && k.ReadBy&program == 0 && (program != Starter || !slices.Contains(compared(), k.Name))
}

// heedProgram notes an argument that the program does not read. It is no error: the
// same arguments may be given to both programs.
func (l *layers) heedProgram(key Key) {
	if key.misplaced(l.program) {
		l.notices = append(l.notices, fmt.Sprintf("%s: only the %s reads it; here it does nothing: give it to the %s", key.Name, key.ReadBy, key.ReadBy))
	}
}

// spares reports whether a key's variables need not be set for a program, since it does
// not read the key.
func (k Key) spares(program Program) bool { return program != 0 && k.ReadBy&program == 0 }
