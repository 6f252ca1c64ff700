package cli

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"db-migrate/config"
	"db-migrate/workflows"
)

// rateCommand slows a running migration down, or speeds it up.
func rateCommand(given *flags, terminal streams) *cobra.Command {
	command := &cobra.Command{
		Use:   "rate ROWS-A-SECOND" + nameUse,
		Short: "Limits the running migration to so many rows a second; 0: no limit",
		RunE: func(command *cobra.Command, arguments []string) error {
			request, rest, err := parseRate(wordsFirst(arguments))
			if err != nil {
				return usage("%w", err)
			}
			request.By = asker()
			return withTarget(given, terminal, func(ctx context.Context, t *target) error {
				return t.tell(ctx, workflows.UpdateRate, request)
			})(command, rest)
		},
	}
	refuseNegative(command, func(number string) error {
		_, _, err := parseRate([]string{number})
		return err
	})
	return command
}

// refuseNegative says what is wrong with a number that begins with a dash, so that it
// looks like options.
func refuseNegative(command *cobra.Command, wrong func(number string) error) {
	command.SetFlagErrorFunc(func(command *cobra.Command, err error) error {
		var missing *pflag.NotExistError
		if errors.As(err, &missing) {
			if number := "-" + missing.GetSpecifiedShortnames(); isNumber(number) {
				return usage("%w", wrong(number))
			}
		}
		return command.Parent().FlagErrorFunc()(command, err)
	})
}

func isNumber(text string) bool {
	_, err := strconv.ParseFloat(text, 64)
	return err == nil
}

// parseRate takes the rate from the front of the arguments.
func parseRate(arguments []string) (request workflows.RateRequest, rest []string, err error) {
	const rateKey, valid = "customer-migration/rate", "say how many rows a second, or 0 for no limit: starter rate 500"
	if len(arguments) == 0 || strings.Contains(arguments[0], "=") {
		return request, nil, errors.New("rate: the number is missing; " + valid)
	}
	request.Rate, err = strconv.ParseFloat(arguments[0], 64)
	if err != nil || !request.Valid() {
		return request, nil, errors.New("rate: " + strconv.Quote(arguments[0]) + " is no number of rows a second; " + valid)
	}
	if err := config.Check(rateKey, arguments[0]); err != nil {
		return request, nil, fmt.Errorf("rate: %w, as %s must; %s", err, rateKey, valid)
	}
	return request, arguments[1:], nil
}
