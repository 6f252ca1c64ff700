package cli

import (
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"db-migrate/internal/commandline"
	"db-migrate/internal/scaffold"
)

// scaffoldCommand makes a folder for a migration of one's own.
func scaffoldCommand(stdout io.Writer) *cobra.Command {
	var request scaffold.Request
	command := &cobra.Command{Use: "new NAME", Short: "Makes a folder with a migration of your own, ready to build, test and run",
		Args: func(_ *cobra.Command, names []string) error {
			if len(names) != 1 || names[0] == "" {
				return usage("new: say one name for the migration, which its folder gets too: starter new NAME")
			}
			return nil
		},
		RunE: func(_ *cobra.Command, names []string) error {
			request.Folder = names[0]
			made, err := scaffold.Create(request)
			if err != nil {
				return usage("new: %w", err)
			}
			sayNext(stdout, request, made)
			return nil
		}}
	set := command.Flags()
	set.BoolVar(&request.SQL, "sql", false, "a migration in SQL (YAML): nothing is compiled")
	set.StringVar(&request.Source, "source", "", "`folder` with the sources of db-migrate (default: found above this folder or program)")
	commandline.Group(set, headingMigration, "sql", "source")
	return command
}

// sayNext says what was made, and what to do with it.
func sayNext(stdout io.Writer, request scaffold.Request, made scaffold.Scaffold) {
	fmt.Fprintf(stdout, "Made %s with %s.\n\nNext:\n  cd %s\n", request.Folder, strings.Join(made.Files, ", "), request.Folder)
	if request.SQL {
		fmt.Fprintf(stdout, "  edit %s\n", filepath.Join("config", "migrations", made.Name+".yaml"))
	} else {
		fmt.Fprintf(stdout, "  edit %s\n  go test ./...\n  go build -o bin/ ./worker ./starter\n", filepath.Join("change", "migration.go"))
	}
	fmt.Fprintln(stdout, "README.md there has the commands to run it.")
}
