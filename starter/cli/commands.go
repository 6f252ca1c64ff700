package cli

import "github.com/spf13/cobra"

// commands are all commands, each a file of its own. Without one the starter does what
// run does.
func commands(given *flags, terminal streams) []*cobra.Command {
	return []*cobra.Command{
		runCommand(given, terminal),
		checkCommand(given, terminal),
		configCommand(given, terminal),
		graphCommand(given, terminal),
		listCommand(given, terminal),
		statusCommand(given, terminal),
		watchCommand(given, terminal),
		pauseCommand(given, terminal),
		resumeCommand(given, terminal),
		rateCommand(given, terminal), setCommand(given, terminal),
		cancelCommand(given, terminal),
		failuresCommand(given, terminal),
		retryCommand(given, terminal),
		rowCommand(given, terminal),
		reportCommand(given, terminal),
		ledgerCommand(given, terminal),
		scaffoldCommand(terminal.out),
		codecServerCommand(given, terminal.out),
	}
}

// keysUse is how a command's use ends that takes a configuration.
const keysUse = " [component/key=value …]"

// nameUse is how the use of a command about a run ends: see withTarget.
const nameUse = " [MIGRATION]" + keysUse
