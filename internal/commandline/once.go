package commandline

import (
	"errors"

	"github.com/spf13/pflag"
)

// errTwice is for an option that may be given once.
var errTwice = errors.New("it is given twice, and only one of the values could hold; leave one out")

// once is an option's text that may be given once: of two, one would be forgotten without
// a word.
type once struct {
	pflag.Value
	given bool
}

func (o *once) Set(text string) error {
	if o.given {
		return errTwice
	}
	o.given = true
	return o.Value.Set(text)
}

// Once makes a command line refuse options that are given twice.
func Once(set *pflag.FlagSet, names ...string) {
	for _, name := range names {
		flag := set.Lookup(name)
		flag.Value = &once{Value: flag.Value}
	}
}

// forget lets the options be given anew, to whoever goes through the arguments again.
func forget(set *pflag.FlagSet) {
	set.VisitAll(func(flag *pflag.Flag) {
		if text, single := flag.Value.(*once); single {
			text.given = false
		}
	})
}
