package cli

import (
	"context"
	"errors"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"db-migrate/workflows"
)

// rateCommand slows a running migration down, or speeds it up.
func rateCommand(given *flags, terminal streams) *cobra.Command {
	return &cobra.Command{
		Use:   "rate ROWS-A-SECOND" + nameUse,
		Short: "Limits the running migration to so many rows a second; 0: no limit",
		RunE: func(command *cobra.Command, arguments []string) error {
			request, rest, err := parseRate(arguments)
			if err != nil {
				return usage("%w", err)
			}
			request.By = asker()
			return withTarget(given, terminal, func(ctx context.Context, t *target) error {
				return t.tell(ctx, workflows.UpdateRate, request)
			})(command, rest)
		},
	}
}

// parseRate takes the rate from the front of the arguments.
func parseRate(arguments []string) (request workflows.RateRequest, rest []string, err error) {
	const valid = "say how many rows a second, or 0 for no limit: starter rate 500"
	if len(arguments) == 0 || strings.Contains(arguments[0], "=") {
		return request, nil, errors.New("rate: the number is missing; " + valid)
	}
	request.Rate, err = strconv.ParseFloat(arguments[0], 64)
	if err != nil || !request.Valid() {
		return request, nil, errors.New("rate: " + strconv.Quote(arguments[0]) + " is no number of rows a second; " + valid)
	}
	return request, arguments[1:], nil
}
