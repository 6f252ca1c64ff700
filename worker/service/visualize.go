package service

import (
	"context"
	"fmt"
	"io"

	"db-migrate/system"
)

// visualize draws the components. It opens neither the database nor a connection
// to Temporal, and a configuration with problems does not stop it: what needs
// what is the same in all of them.
func visualize(ctx context.Context, given flags, arguments []string, stdout, stderr io.Writer) error {
	if _, err := given.load(arguments); err != nil {
		fmt.Fprintf(stderr, "worker: the drawing does not depend on the configuration, which has problems:\n%v\n", err)
	}
	return given.drawing.Run(ctx, system.Blueprint().Graph(), stdout)
}
