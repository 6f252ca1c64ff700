package cli

// Forms of output.
const (
	outputConsole = "console"
	outputMinimal = "minimal"
	outputJSON    = "json"
)

func (f *flags) checkOutput() error {
	switch f.output {
	case "", outputConsole, outputMinimal, outputJSON:
		return nil
	}
	return usage("--output: %q must be console, minimal or json", f.output)
}

// form is the form of output: the option, else what is configured.
func (f *flags) form(configured string) string {
	if f.output != "" {
		return f.output
	}
	return configured
}
