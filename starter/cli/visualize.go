package cli

import (
	"context"
	"fmt"

	"db-migrate/system"
)

// visualize draws the components. It starts nothing, and a configuration with
// problems does not stop it: what needs what is the same in all of them.
func visualize(ctx context.Context, given *flags, arguments []string, terminal streams) error {
	if _, err := given.load(arguments); err != nil {
		fmt.Fprintf(terminal.err, "starter: the drawing does not depend on the configuration, which has problems:\n%v\n", err)
	}
	if err := given.drawing.Run(ctx, system.Blueprint().Graph(), terminal.out); err != nil {
		return usage("%w", err)
	}
	return nil
}
