// Command plot makes docs/performance.md's tables and pictures of the reports that
// bench has saved, so that page and measured figures cannot drift apart.
package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/spf13/pflag"

	"db-migrate/bench/measure"
)

func main() {
	if err := run(os.Args[1:], os.Stderr); err != nil && !errors.Is(err, pflag.ErrHelp) {
		fmt.Fprintf(os.Stderr, "plot: %v\n", err)
		os.Exit(1)
	}
}

func run(arguments []string, stderr io.Writer) error {
	flags := pflag.NewFlagSet("plot", pflag.ContinueOnError)
	flags.SetOutput(stderr)
	results := flags.String("results", "docs/benchmarks", "`folder` with the JSON files of bench")
	pictures := flags.String("pictures", "docs/pictures", "`folder` for the pictures")
	page := flags.String("page", "docs/performance.md", "`file` that gets the tables between its markers")
	if err := flags.Parse(arguments); err != nil {
		return err
	}
	if flags.NArg() > 0 {
		return fmt.Errorf("unexpected argument %q: there are only options", flags.Arg(0))
	}
	reports, err := measure.Load(*results)
	if err != nil {
		return err
	}
	return errors.Join(savePictures(*pictures, reports), savePage(*page, reports))
}

// drawings are all pictures by their file names; one without figures is left out.
func drawings(reports []*measure.Report) map[string]string {
	made := map[string]string{}
	for name, picture := range map[string]string{"speed.svg": speed(reports), "memory.svg": memory(reports)} {
		if picture != "" {
			made[name] = picture
		}
	}
	return made
}

func savePictures(folder string, reports []*measure.Report) error {
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	for name, picture := range drawings(reports) {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(picture), 0o644); err != nil {
			return err
		}
	}
	return nil
}

func savePage(file string, reports []*measure.Report) error {
	page, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	filled, err := fill(string(page), reports)
	if err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	return os.WriteFile(file, []byte(filled), 0o644)
}
