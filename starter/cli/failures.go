package cli

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/dustin/go-humanize"
	"github.com/spf13/cobra"

	"db-migrate/activities"
	"db-migrate/board"
	"db-migrate/database"
)

// failurePage is how many customers that failed are asked for at once: their errors
// travel in one answer, which Temporal bounds to 2 MB.
const failurePage = 200

// failuresCommand lists the customers that failed: the database's own client is
// not everybody's.
func failuresCommand(given *flags, terminal streams) *cobra.Command {
	limit := 0
	command := &cobra.Command{
		Use:   "failures" + nameUse,
		Short: "Lists the customers that failed, each with the error and the number of attempts",
		RunE: func(command *cobra.Command, arguments []string) error {
			if limit < 0 {
				return usage("--limit: it must be 0, for all, or more, not %d", limit)
			}
			return withTarget(given, terminal, func(ctx context.Context, t *target) error {
				return (&ledgerTarget{t.connection, given, t.configuration, terminal}).listFailures(ctx, limit)
			})(command, arguments)
		},
	}
	command.Flags().IntVar(&limit, "limit", 100, "`number` of customers at most; 0: all")
	return command
}

// listFailures asks a worker for the customers, page by page.
func (t *ledgerTarget) listFailures(ctx context.Context, limit int) error {
	var after database.Key
	for listed := 0; ; {
		size := failurePage
		if limit > 0 {
			size = min(size, limit-listed+1) // one more tells whether there are more
		}
		page, err := t.failures(ctx, activities.FailureRequest{After: after, Limit: size})
		if err != nil {
			return err
		}
		for _, letter := range page {
			if limit > 0 && listed == limit {
				t.endFailures(listed, true)
				return nil
			}
			if err := t.printFailure(letter); err != nil {
				return err
			}
			listed++
		}
		if len(page) < size {
			t.endFailures(listed, false)
			return nil
		}
		after = page[len(page)-1].Key
	}
}

func (t *ledgerTarget) failures(ctx context.Context, request activities.FailureRequest) ([]database.DeadLetter, error) {
	asked := question{activity: "ListFailures", summary: "Which customers failed?", doing: "list the customers that failed", input: request}
	var list activities.FailureList
	if err := asked.ask(ctx, t.connection, t.given, &list); err != nil {
		return nil, err
	}
	return list.Letters, sameMigration(migrationName(t.configuration), list.Fingerprint, list.Worker)
}

func (t *ledgerTarget) printFailure(letter database.DeadLetter) error {
	if t.given.output == outputJSON {
		return json.NewEncoder(t.terminal.out).Encode(letter)
	}
	_, err := fmt.Fprintf(t.terminal.out, "customer %s (%s): %s\n", board.Clean(letter.Key.String()), counted(letter.Attempts, "attempt"), board.Clean(letter.Error))
	return err
}

// end says how many failed, and what becomes of them.
func (t *ledgerTarget) endFailures(listed int, more bool) {
	name := migrationName(t.configuration)
	switch {
	case t.given.output == outputJSON:
	case listed == 0:
		fmt.Fprintf(t.terminal.out, "No customer of migration %s is noted as failed.\n", name)
	case more:
		fmt.Fprintf(t.terminal.out, "\nThese are the first %s, and there are more: --limit 0 lists all.\n", humanize.Comma(int64(listed)))
	default:
		fmt.Fprintf(t.terminal.out, "\n%s of migration %s failed. The next start tries them again.\n", counted(listed, "customer"), name)
	}
}
