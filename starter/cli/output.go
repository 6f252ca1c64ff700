package cli

import (
	"slices"
	"strings"
)

// Forms of output.
const (
	outputConsole = "console"
	outputMinimal = "minimal"
	outputJSON    = "json"
	// outputCSV and outputIDs are for lists of rows: a table, and lines for --file.
	outputCSV = "csv"
	outputIDs = "ids"
)

func (f *flags) checkOutput() error {
	switch f.output {
	case "", outputConsole, outputMinimal, outputJSON:
		return nil
	}
	if slices.Contains(f.forms, f.output) {
		return nil
	}
	valid := append([]string{outputConsole, outputMinimal}, f.forms...)
	return usage("--output: %q must be %s or json", f.output, strings.Join(valid, ", "))
}

// form is the form of output: the option, else what is configured.
func (f *flags) form(configured string) string {
	if f.output != "" {
		return f.output
	}
	return configured
}
