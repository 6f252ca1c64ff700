package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"io"

	"github.com/dustin/go-humanize"
	"github.com/spf13/cobra"

	"db-migrate/activities"
	"db-migrate/board"
	"db-migrate/config"
	"db-migrate/database"
	"db-migrate/workflows"
)

// failurePage is how many customers that failed are asked for at once: their errors
// travel in one answer, which Temporal bounds to 2 MB.
const failurePage = 200

// failuresCommand lists the customers that failed: the database's own client is
// not everybody's.
func failuresCommand(given *flags, stdout io.Writer) *cobra.Command {
	limit := 0
	command := &cobra.Command{
		Use:   "failures [component/key=value …]",
		Short: "Lists the customers that failed, each with the error and the number of attempts",
		RunE: func(command *cobra.Command, arguments []string) error {
			if limit < 0 {
				return usage("--limit: it must be 0, for all, or more, not %d", limit)
			}
			configuration, err := given.load(arguments)
			if err != nil {
				return err
			}
			connected, err := connect(command.Context(), given)
			if err != nil {
				return err
			}
			defer connected.Close()
			return (&failureLister{connected, given, configuration, stdout}).list(command.Context(), limit)
		},
	}
	command.Flags().IntVar(&limit, "limit", 100, "`number` of customers at most; 0: all")
	return command
}

// failureLister asks a worker for the customers, page by page.
type failureLister struct {
	*connection
	given         *flags
	configuration *config.Configuration
	stdout        io.Writer
}

func (l *failureLister) list(ctx context.Context, limit int) error {
	var after database.Key
	for listed := 0; ; {
		size := failurePage
		if limit > 0 {
			size = min(size, limit-listed+1) // one more tells whether there are more
		}
		page, err := l.page(ctx, activities.FailureRequest{After: after, Limit: size})
		if err != nil {
			return err
		}
		for _, letter := range page {
			if limit > 0 && listed == limit {
				l.end(listed, true)
				return nil
			}
			if err := l.print(letter); err != nil {
				return err
			}
			listed++
		}
		if len(page) < size {
			l.end(listed, false)
			return nil
		}
		after = page[len(page)-1].Key
	}
}

func (l *failureLister) page(ctx context.Context, request activities.FailureRequest) ([]database.DeadLetter, error) {
	asked := question{workflow: workflows.FailuresName, id: "failures", summary: "Which customers failed?", doing: "list the customers that failed", input: []any{request}}
	var list activities.FailureList
	if err := asked.ask(ctx, l.connection, l.given.environment, &list); err != nil {
		return nil, err
	}
	return list.Letters, sameMigration(migrationName(l.configuration), list.Fingerprint, list.Worker)
}

func (l *failureLister) print(letter database.DeadLetter) error {
	if l.given.output == outputJSON {
		return json.NewEncoder(l.stdout).Encode(letter)
	}
	_, err := fmt.Fprintf(l.stdout, "customer %s (%s): %s\n", board.Clean(letter.Key.String()), counted(letter.Attempts, "attempt"), board.Clean(letter.Error))
	return err
}

// end says how many failed, and what becomes of them.
func (l *failureLister) end(listed int, more bool) {
	name := migrationName(l.configuration)
	switch {
	case l.given.output == outputJSON:
	case listed == 0:
		fmt.Fprintf(l.stdout, "No customer of migration %s is noted as failed.\n", name)
	case more:
		fmt.Fprintf(l.stdout, "\nThese are the first %s, and there are more: --limit 0 lists all.\n", humanize.Comma(int64(listed)))
	default:
		fmt.Fprintf(l.stdout, "\n%s of migration %s failed. The next start tries them again.\n", counted(listed, "customer"), name)
	}
}
