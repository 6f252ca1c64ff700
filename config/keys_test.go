package config

import (
	"flag"
	"fmt"
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestEachKeyHasItsLine in the table, in the order of the fields, and a default in
// its profile.
func TestEachKeyHasItsLine(t *testing.T) {
	loaded := defaultsOf(t)
	var fields []string
	for _, field := range loaded.fields() {
		fields = append(fields, field.key)
		_, found := loaded.values[field.key]
		require.True(t, found, "%s has no default in config/defaults", field.key)
	}
	require.Equal(t, fields, Keys())
	for _, key := range Table() {
		require.NotZero(t, key.ReadBy, key.Name)
		require.Regexp(t, `^[A-Z].*\.$`, key.Does, "%s: a sentence", key.Name)
		require.NotContains(t, key.valid(), "from 0 to 0", "%s: what is valid", key.Name)
	}
}

func defaultsOf(t *testing.T) *Configuration {
	t.Helper()
	loaded, err := Load(Sources{Environment: "localhost", Getenv: func(string) (string, bool) { return "", false }})
	require.NoError(t, err)
	return loaded
}

const documentation = "../docs/configuration.md"

// TestDocumentation holds docs/configuration.md to the table; -update writes it.
func TestDocumentation(t *testing.T) {
	made := document(defaultsOf(t))
	if flag.Lookup("update").Value.String() == "true" {
		require.NoError(t, os.WriteFile(documentation, []byte(made), 0o644))
	}
	written, err := os.ReadFile(documentation)
	require.NoError(t, err)
	require.Equal(t, made, string(written), "go test ./config -update writes it anew")
}

const introduction = `# Configuration: every key

This page is made from the table in ` + "`config/keys.go`" + ` by a test (` + "`go test ./config -update`" + `). ` + "`bin/starter --print-config` and `bin/worker --print-config`" + ` show the values in effect, where each
comes from, and who reads it.

A key is written ` + "`component/key=value`" + ` on the command line, or in a YAML file under its component:

` + "```yaml" + `
customer-migration:
  processes: 5
customer-scanner:
  where: |-
    region = 'EU' AND closed_at IS NULL
` + "```" + `

Files (` + "`--config`, `--load`" + `) may be shared: each program takes what it reads. On the command line a program tells, by a notice, of a key that only the other one reads: there it
does nothing, and the program goes on.

In the folder of ` + "`--config`" + ` a file is read that is called by a component (` + "`connection.yaml`" + `) or by it and the environment of ` + "`-e`" + ` (` + "`connection-production.yaml`" + `, whose values go before the others), and may hold any component's keys.
Another ` + "`.yaml` or `.yml`" + ` file there is not read, which a notice says; ` + "`connection.yml`" + ` is refused. ` + "`--load`" + ` reads a file of any name. Migrations are ` + "`migrations/NAME.yaml`" + ` in that folder.

| written in a file | what comes of it |
| --- | --- |
| ` + "`where: null`, `schema: ~`, `table:`" + ` | refused: null is no value. Leave the key out, or write ` + "`''`" + ` where an empty text is meant |
| ` + "`where: n > 1 # all`" + ` | refused: YAML would cut it at ` + "` #`" + `. Write a block (` + "`where: |-`" + `, then the text on the next line, indented) |
| ` + "`log-file: no`" + `, also yes, on, off, true, false | refused: true or false to YAML. Write ` + "`'no'`" + ` if it is a name, or ` + "`''`" + ` for none |
| ` + "`processes: 010`, `0x10`, `1e3`" + ` | refused, with the number to write. ` + "`1_000`" + ` is 1000 |
| ` + "`batch-time: 5`" + ` | refused: a time span has its unit, 500ms, 5s or 2m30s |
| ` + "`&name`, `*name`, `<<`, `!!binary`" + ` | aliases, merge keys and tags are refused; write the value itself |
| a key or a component twice, a second document (` + "`---`" + `), tabs that indent | refused, with the line |
| a key that there is none of | refused, with the nearest name |
`

// document is docs/configuration.md.
func document(loaded *Configuration) string {
	var text strings.Builder
	text.WriteString(introduction)
	table, profile := keysByName(), ""
	for _, field := range loaded.fields() {
		key := table[field.key]
		if key.profile() != profile {
			profile = key.profile()
			fmt.Fprintf(&text, "\n## %s\n| key | type | default | valid values | what it does | read by |\n| --- | --- | --- | --- | --- | --- |\n", profile)
		}
		fmt.Fprintf(&text, "| `%s` | %s | %s | %s | %s | %s |\n", key.Name, typeOf(field.target), defaultOf(field.target), key.valid(), key.Does, key.readers())
	}
	return text.String()
}

func typeOf(target reflect.Value) string {
	switch target.Addr().Interface().(type) {
	case *string:
		return "text"
	case *[]string:
		return "list of names"
	case *Duration:
		return "time span"
	case *float64:
		return "number"
	}
	return "whole number"
}

func defaultOf(target reflect.Value) string {
	switch value := target.Interface().(type) {
	case string:
		if value == "" {
			return "empty"
		}
	case []string:
		if len(value) == 0 {
			return "empty"
		}
	case Duration:
		return "`" + short(value.Duration()) + "`"
	}
	return fmt.Sprintf("`%v`", target.Interface())
}
