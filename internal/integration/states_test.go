package integration_test

import (
	"flag"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"db-migrate/internal/testserver"
)

var updateCommands = flag.Bool("update-commands", false, "write what is seen into docs/commands.md")

const commandsPath = "../../docs/commands.md"

const (
	typedCancel = "cancel"
	typedRetry  = "retry --output minimal"
	typedDrop   = "ledger drop --yes"
)

// everyCommand are the commands, as they are typed.
var everyCommand = []string{"status", "list", "watch --output minimal", "failures", "row 7", "row seven", "report", "check --output minimal", "ledger ddl", "ledger drop", typedDrop,
	"pause", "resume", "rate 20", "rate fast", "set customer-migration/batch-time=2s", "set customer-migration/colour=red", typedRetry, typedCancel}

// state is a situation in which an operator types commands.
type state struct {
	name string
	// make brings it about, and again does so after a command that has changed it.
	make  func(s *stack)
	again func(s *stack, typed string)
	// silent: no worker is there to answer, or no Temporal.
	silent bool
	// runs: a run goes on, which the last command cancels. Else the last ones start a
	// run, and drop the ledger.
	runs bool
}

// TestEveryCommandInEveryState holds docs/commands.md to what the starter says, and to the
// exit code.
func TestEveryCommandInEveryState(t *testing.T) {
	t.Parallel()
	content, err := os.ReadFile(commandsPath)
	require.NoError(t, err)
	states := everyState()
	seen := make([][]string, len(states))
	t.Run("states", func(t *testing.T) {
		for i, one := range states {
			t.Run(one.name, func(t *testing.T) {
				t.Parallel()
				seen[i] = one.typeAll(newStack(t))
			})
		}
	})
	if t.Failed() {
		return
	}
	const mark = "<!-- commands -->\n"
	before, _, found := strings.Cut(string(content), mark)
	require.True(t, found)
	now := before + mark + commandTables(states, seen)
	if *updateCommands {
		require.NoError(t, os.WriteFile(commandsPath, []byte(now), 0o644))
		return
	}
	require.Equal(t, string(content), now, "write it anew with go test ./internal/integration -run TestEveryCommandInEveryState -update-commands")
}

// commandTables has a table for each command, with a row for each answer.
func commandTables(states []state, seen [][]string) string {
	var text strings.Builder
	for i, command := range everyCommand {
		fmt.Fprintf(&text, "\n## `starter %s`\n| state | exit code | what you see |\n| --- | --- | --- |\n", strings.TrimSuffix(command, " --output minimal"))
		var answers []string
		in := map[string][]string{}
		for j, one := range states {
			answer := seen[j][i]
			if in[answer] == nil {
				answers = append(answers, answer)
			}
			in[answer] = append(in[answer], one.name)
		}
		for _, answer := range answers {
			fmt.Fprintf(&text, "| %s | %s |\n", strings.Join(in[answer], "<br>"), answer)
		}
	}
	return text.String()
}

// order is in which order the commands are typed.
func (one state) order() []string {
	if one.runs {
		return everyCommand
	}
	first := slices.DeleteFunc(slices.Clone(everyCommand), func(typed string) bool { return typed == typedRetry || typed == typedDrop })
	return append(first, typedRetry, typedDrop)
}

// typeAll types each command, and returns exit code and what was said, for a table.
func (one state) typeAll(s *stack) []string {
	s.generate(4000)
	one.make(s)
	seen := make([]string, len(everyCommand))
	for _, typed := range one.order() {
		seen[slices.Index(everyCommand, typed)] = one.answer(s, typed)
		if one.again != nil {
			one.again(s, typed)
		}
	}
	return seen
}

// answer types a command, again where a worker is only too busy to answer. A watch that
// goes on is ended as by Ctrl-C.
func (one state) answer(s *stack, typed string) (seen string) {
	s.until("an answer", func() bool {
		p := s.start("starter", nil, strings.Fields(typed)...)
		if strings.HasPrefix(typed, "watch") {
			s.until("an end or some progress", func() bool { return ended(p) || watched.MatchString(p.text()) })
			if !ended(p) {
				p.signal(syscall.SIGINT)
				seen = fmt.Sprintf("%d, by Ctrl-C | (the progress)", p.wait(s))
				return true
			}
		}
		seen = fmt.Sprintf("%d | %s", p.wait(s), saidFirst(p.text()))
		if typed == typedRetry { // a run of so few rows may be over before its beginning is seen
			seen = overAtOnce.ReplaceAllString(seen, "Starting customer scan ...")
		}
		return one.silent || !strings.Contains(p.text(), "no worker")
	})
	return seen
}

var (
	watched = regexp.MustCompile("(?m)^(Process|Migrated|PAUSED|Waiting for)")
	// passing are lines that may or may not be there, or are no answer.
	passing    = regexp.MustCompile("^(Scanning|Scanned|Migrating|Completed table scan|Process|MIGRATION|attaching to|the worker of task queue|no worker polls|notice: |about |waiting for a worker to answer|cancel: the migration is cancelling)")
	overAtOnce = regexp.MustCompile(`Migrated N customers \(.*`)
	number     = regexp.MustCompile(`\d[\d,.]*\d|\d`)
	blanks     = regexp.MustCompile("  +")
	// anAddress: which of the bad rows fail first is not said.
	anAddress = regexp.MustCompile(`email "[^"]*" has no @`)
	// unanswered: how long ago a worker has ended, Temporal tells late.
	unanswered = regexp.MustCompile(`no worker (polls task queue \S+;|of task queue \S+ takes the question up;)`)
)

// saidFirst is the first line of what was said that is the same each time, with numbers
// left out.
func saidFirst(text string) string {
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if line == "" || passing.MatchString(line) {
			continue
		}
		for _, one := range variable {
			line = one.pattern.ReplaceAllString(line, one.by)
		}
		line = unanswered.ReplaceAllString(blanks.ReplaceAllString(line, "  "), "no worker polls task queue QUEUE;")
		line = number.ReplaceAllString(anAddress.ReplaceAllString(line, `email "none" has no @`), "N")
		return strings.NewReplacer("<", "&lt;", ">", "&gt;", "|", "\\|").Replace(line)
	}
	return "(the progress)"
}

func everyState() []state {
	return []state{
		{name: "Temporal is not reachable", silent: true, make: func(s *stack) { s.port = testserver.FreePort(s.T) }},
		{name: "nothing was run, and no worker is there", silent: true, make: func(*stack) {}},
		{name: "nothing was run", make: func(s *stack) { s.startWorker() }},
		{name: "running", make: runs, runs: true, again: func(s *stack, typed string) {
			switch typed {
			case "pause":
				s.tell(0, "resume")
			case "rate 20":
				s.tell(0, "rate", "5")
			}
		}},
		{name: "running without a worker", runs: true, silent: true, make: func(s *stack) { s.runsOn(s.startWorker(slow("5")...)).kill() }},
		{name: "running beside a worker of another definition alone", runs: true, make: otherDefinition},
		{name: "paused", runs: true, make: func(s *stack) { runs(s); s.tell(0, "pause") }, again: func(s *stack, typed string) {
			if typed == "resume" {
				s.tell(0, "pause")
			}
		}},
		{name: "completed", make: func(s *stack) { s.startWorker(); require.Zero(s, s.startStarter().wait(s)) }},
		{name: "failed", make: failed},
		{name: "terminated", make: func(s *stack) {
			runs(s)
			require.NoError(s, s.client().TerminateWorkflow(s.Context(), workflow, "", "wrong table"))
			s.until("its end", func() bool { return strings.Contains(s.said("status"), "terminated") })
		}},
	}
}

// otherDefinition has a worker whose condition is another one than the run's.
func otherDefinition(s *stack) {
	s.runsOn(s.startWorker(slow("5")...)).kill()
	s.startWorker("customer-scanner/where=id > 0")
}

func failed(s *stack) {
	s.generate(4000, "--poison-stretch", "100:50")
	options := []string{"customer-migration/failure-limit=10", "customer-migrator/retry-interval=50ms", "customer-migrator/attempts=1"}
	s.startWorker(options...)
	require.Equal(s, 1, s.startStarter(append(options, "--fail-fast")...).wait(s))
}

func runs(s *stack) { s.runsOn(s.startWorker(slow("5")...)) }

// runsOn starts a run that lasts, and returns its worker.
func (s *stack) runsOn(worker *process) *process {
	starter := s.startStarter(slow("5")...)
	s.until("some progress", func() bool { return s.progress() > 5 })
	starter.kill() // the run goes on
	return worker
}
