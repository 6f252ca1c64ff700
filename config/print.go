package config

import (
	"fmt"
	"io"
	"text/tabwriter"
)

// Print writes every key's value, where it comes from, and who reads it. Secrets are
// masked.
func (c *Configuration) Print(output io.Writer) error {
	table := tabwriter.NewWriter(output, 0, 0, 2, ' ', 0)
	keys := keysByName()
	for _, field := range c.fields() {
		key := keys[field.key]
		text := key.shown(fmt.Sprint(field.target.Interface()))
		if _, err := fmt.Fprintf(table, "%s\t%s\t%s\t(%s)\n", key.Name, text, c.values[key.Name].place, key.readers()); err != nil {
			return err
		}
	}
	return table.Flush()
}

// shown is a value as it may be shown.
func (k Key) shown(text string) string {
	switch {
	case k.secret && text != "":
		return hidden
	case k.address:
		return Mask(text)
	}
	return text
}

func (k Key) readers() string {
	if k.ReadBy == Both {
		return "worker and starter"
	}
	return k.ReadBy.String()
}
