package cli

import (
	"slices"
	"strings"

	"db-migrate/config"
)

// again is how the starter is called about the migration that it was called
// about: with another configuration it would mean another one. sub is the
// command, empty to start it.
func (f *flags) again(sub string) string {
	words := []string{"starter"}
	if sub != "" {
		words = append(words, sub)
	}
	if f.name != "" && sub != "" {
		words = append(words, inShell(f.title()))
	}
	option := func(name, value string) {
		if value != "" {
			words = append(words, name, inShell(value))
		}
	}
	if f.environment != "localhost" {
		option("-e", f.environment)
	}
	option("--config", f.directory)
	for _, file := range f.files {
		option("--load", file)
	}
	if f.dryRun {
		words = append(words, "--dry-run")
	}
	if sub == "" {
		option("--file", f.customers)
		option("--from", f.part.From)
		option("--to", f.part.To)
	}
	if f.name != "" && sub == "" {
		words = append(words, inShell("customer-migrator/migration="+f.title()))
	}
	if f.name == "" && f.table != "" {
		words = append(words, inShell("connection/table="+f.table))
	}
	return strings.Join(append(words, f.configuration(config.Starter)...), " ")
}

// title is the migration's name, with its table where that was found or said with it.
func (f *flags) title() string {
	if f.table == "" {
		return f.name
	}
	return f.name + "@" + f.table
}

// others are the arguments without those for which the name and the table stand.
func (f *flags) others(program config.Program) []string {
	return slices.DeleteFunc(config.For(program, f.arguments), func(argument string) bool {
		key, _, _ := strings.Cut(argument, "=")
		return f.name != "" && key == "customer-migrator/migration" || f.table != "" && key == "connection/table"
	})
}

// worker is how a worker is started for the migration that the starter was called
// about, with the connection as it was given; passwords are left out.
func (f *flags) worker() string {
	words := []string{"bin/worker"}
	if f.environment != "localhost" {
		words = append(words, "-e", inShell(f.environment))
	}
	if f.directory != "" {
		words = append(words, "--config", inShell(f.directory))
	}
	for _, file := range f.files {
		words = append(words, "--load", inShell(file))
	}
	if f.name != "" {
		words = append(words, "customer-migrator/migration="+inShell(f.name))
	}
	if f.table != "" {
		words = append(words, inShell("connection/table="+f.table))
	}
	for _, argument := range f.others(config.Worker) {
		if !strings.HasPrefix(argument, "connection/password=") {
			words = append(words, inShell(withoutPassword(argument)))
		}
	}
	return strings.Join(words, " ")
}

// configuration is what of the arguments a program may be given: of the connection
// only the driver, the table and what its rows are called, so that no password is shown.
func (f *flags) configuration(program config.Program) []string {
	var words []string
	for _, argument := range f.others(program) {
		key, _, _ := strings.Cut(argument, "=")
		if !strings.HasPrefix(key, "connection/") || key == "connection/driver" || key == "connection/table" || key == "connection/row-name" {
			words = append(words, inShell(argument))
		}
	}
	return words
}

// withoutPassword is an argument as it may be shown.
func withoutPassword(argument string) string {
	if url, found := strings.CutPrefix(argument, "connection/url="); found {
		return "connection/url=" + config.Mask(url)
	}
	return argument
}

// inShell quotes a word for the shell if it needs that.
func inShell(word string) string {
	plain := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("-_./=:,@%+", r)
	}
	if word != "" && !slices.ContainsFunc([]rune(word), func(r rune) bool { return !plain(r) }) {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}

// forReal is the same without --dry-run.
func (f *flags) forReal() *flags {
	writing := *f
	writing.dryRun = false
	return &writing
}
