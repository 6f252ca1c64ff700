package cli

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"db-migrate/graph"
	"db-migrate/internal/commandline"
	"db-migrate/system"
)

func graphCommand(given *flags, terminal streams) *cobra.Command {
	command := &cobra.Command{Use: "graph" + keysUse, Short: "Draws the components and what they need, and does nothing else"}
	drawing := graph.AddFlags(command.Flags())
	commandline.Group(command.Flags(), headingGraph, drawing.Names()...)
	command.RunE = func(command *cobra.Command, arguments []string) error {
		given.drawing = drawing
		return visualize(command.Context(), given, arguments, terminal)
	}
	return command
}

// visualize draws the components. It starts nothing, and a configuration with
// problems does not stop it: what needs what is the same in all of them.
func visualize(ctx context.Context, given *flags, arguments []string, terminal streams) error {
	if given.output == outputJSON {
		return usage("--output json: a drawing has the forms of --format; leave --output out")
	}
	if _, err := given.load(arguments); err != nil {
		fmt.Fprintf(terminal.err, "starter: the drawing does not depend on the configuration, which has problems:\n%v\n", err)
	}
	if err := given.drawing.Run(ctx, system.Blueprint().Graph(), terminal.out); err != nil {
		return usage("%w", err)
	}
	return nil
}
