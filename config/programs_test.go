package config_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"db-migrate/config"
)

// TestAKeyOnTheWrongCommandLine is told of, for each key; of a file nothing is said.
func TestAKeyOnTheWrongCommandLine(t *testing.T) {
	values := map[string]string{}
	for _, field := range printed(t, config.Sources{}) {
		values[field[0]] = strings.Trim(field[1], "[]")
	}
	for _, key := range config.Table() {
		argument := key.Name + "=" + valueFor(key.Name, values[key.Name])
		for _, program := range []config.Program{config.Worker, config.Starter} {
			loaded, err := config.Load(config.Sources{Environment: "localhost", Getenv: environment(nil), Arguments: []string{argument}, Program: program})
			given := config.For(program, []string{argument})
			switch {
			case key.ReadBy&program != 0:
				require.NoError(t, err, argument)
				require.Empty(t, loaded.Notices)
				require.Equal(t, []string{argument}, given)
			case program == config.Starter && slices.Contains([]string{"connection/driver", "connection/table", "connection/url"}, key.Name):
				require.NoError(t, err, argument)
				require.Empty(t, loaded.Notices, "the starter compares it")
				require.Equal(t, []string{argument}, given)
			default:
				require.NoError(t, err, argument)
				reader := key.ReadBy.String()
				require.Equal(t, []string{key.Name + ": only the " + reader + " reads it; here it does nothing: give it to the " + reader}, loaded.Notices)
				require.Empty(t, given)
			}
		}
	}
}

// valueFor is a value that a key may have on a command line.
func valueFor(name, value string) string {
	if value != "" {
		return value
	}
	if name == "customer-scanner/paging-state-path" {
		return ""
	}
	return "x"
}

// printed are the words of each line of --print-config.
func printed(t *testing.T, sources config.Sources) [][]string {
	t.Helper()
	sources.Environment, sources.Getenv = "localhost", environment(nil)
	loaded, err := config.Load(sources)
	require.NoError(t, err)
	var output bytes.Buffer
	require.NoError(t, loaded.Print(&output))
	var lines [][]string
	for line := range strings.Lines(output.String()) {
		name, rest, _ := strings.Cut(line, " ")
		value, _, _ := strings.Cut(strings.TrimLeft(rest, " "), " ")
		if strings.HasPrefix(strings.TrimLeft(rest, " "), "built-in") {
			value = ""
		}
		lines = append(lines, []string{name, value, line})
	}
	return lines
}

func TestPrintSaysWhoReadsAKey(t *testing.T) {
	table := config.Table()
	for i, line := range printed(t, config.Sources{}) {
		require.Equal(t, table[i].Name, line[0])
		for _, program := range []config.Program{config.Worker, config.Starter} {
			_, readers, _ := strings.Cut(line[2], "(")
			require.Equal(t, table[i].ReadBy&program != 0, strings.Contains(readers, program.String()), line[2])
		}
	}
}

// TestVariablesOfTheOtherProgram need not be set.
func TestVariablesOfTheOtherProgram(t *testing.T) {
	file := write(t, t.TempDir(), "shared.yaml", "connection:\n  customers: ${WORKERS}\n  url: ${WORKERS}\ncustomer-migration:\n  rate: ${STARTERS}\n")
	load := func(program config.Program) error {
		_, err := config.Load(config.Sources{Environment: "localhost", Getenv: environment(nil), Files: []string{file}, Program: program})
		return err
	}
	require.EqualError(t, load(config.Starter), file+":5: customer-migration/rate: environment variable STARTERS is not set; set it, or write ${STARTERS:default}")
	require.ErrorContains(t, load(config.Worker), "WORKERS is not set")
	require.NotContains(t, load(config.Worker).Error(), "STARTERS")
}

// TestWhatIsSaid: on the command line or in a file, and not by default.
func TestWhatIsSaid(t *testing.T) {
	file := write(t, t.TempDir(), "said.yaml", "connection:\n  url: ${URL:shop.db}\n  driver: ${DRIVER:postgres}\n  schema: ours\n")
	loaded, err := config.Load(config.Sources{Environment: "localhost", Getenv: environment(map[string]string{"DRIVER": "mysql"}), Files: []string{file}, Arguments: []string{"connection/seed=3"}})
	require.NoError(t, err)
	for key, said := range map[string]bool{"connection/url": false, "connection/driver": true, "connection/schema": true, "connection/seed": true, "connection/table": false} {
		require.Equal(t, said, loaded.Said(key), key)
	}
}
