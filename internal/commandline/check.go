package commandline

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/pflag"

	"db-migrate/internal/suggest"
)

// Check finds everything that is wrong with the options among the arguments:
// pflag itself stops at the first. It sets the options of the set as it goes.
func Check(set *pflag.FlagSet, arguments []string) []error {
	forget(set)
	check := checker{set: set, rest: arguments}
	for len(check.rest) > 0 {
		argument := check.take()
		switch {
		case argument == "--":
			return check.problems
		case strings.HasPrefix(argument, "--"):
			check.long(argument)
		case strings.HasPrefix(argument, "-") && argument != "-":
			check.short(argument)
		}
	}
	return check.problems
}

type checker struct {
	set      *pflag.FlagSet
	rest     []string
	problems []error
}

func (c *checker) take() string {
	first := c.rest[0]
	c.rest = c.rest[1:]
	return first
}

func (c *checker) problem(format string, arguments ...any) {
	c.problems = append(c.problems, fmt.Errorf(format, arguments...))
}

func (c *checker) long(argument string) {
	name, value, hasValue := strings.Cut(argument[2:], "=")
	flag := c.set.Lookup(name)
	if flag == nil {
		c.problem("there is no option --%s%s", name, meant(name, c.set))
		return
	}
	c.value(flag, "--"+name, value, hasValue)
}

func (c *checker) short(argument string) {
	for letters := argument[1:]; letters != ""; {
		letter := letters[:1]
		letters = letters[1:]
		flag := c.set.ShorthandLookup(letter)
		if flag == nil {
			c.problem("there is no option -%s (in %s)", letter, argument)
			return
		}
		if flag.NoOptDefVal == "" && letters != "" {
			c.value(flag, "-"+letter, strings.TrimPrefix(letters, "="), true)
			return
		}
		c.value(flag, "-"+letter, "", false)
	}
}

// value takes the option's value: after the equals sign, else the next argument.
func (c *checker) value(flag *pflag.Flag, option, value string, hasValue bool) {
	switch {
	case !hasValue && flag.NoOptDefVal != "":
		value = flag.NoOptDefVal
	case !hasValue && len(c.rest) == 0:
		c.problem("option %s needs a value: %s", option, flag.Usage)
		return
	case !hasValue:
		value = c.take()
	}
	if err := flag.Value.Set(value); errors.Is(err, errTwice) {
		c.problem("option --%s: %w", flag.Name, err)
	} else if err != nil {
		c.problem("option %s: %q is no %s", option, value, flag.Value.Type())
	} else if value == "" && len(textsOf(flag)) > 0 {
		c.problems = append(c.problems, unset(c.set, nil, "option "+option, value))
	}
}

// meant is «; did you mean …?» for a mistyped option.
func meant(name string, set *pflag.FlagSet) string {
	var names []string
	set.VisitAll(func(flag *pflag.Flag) {
		if !flag.Hidden {
			names = append(names, flag.Name)
		}
	})
	if closest := suggest.Closest(name, names); closest != "" {
		return "; did you mean --" + closest + "?"
	}
	return ""
}
