package graph

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"db-migrate/internal/suggest"
)

// Options are how a graph is drawn.
type Options struct {
	// Horizontal draws from left to right instead of from top to bottom.
	Horizontal bool
	// Highlight are the names of components that stand out.
	Highlight []string
	// Colour is the fill colour of components by their names: #rrggbb or a
	// colour's name. One that is missing stays red.
	Colour map[string]string
	// Attributes are further Graphviz attributes of components by their names;
	// they win over everything else.
	Attributes map[string]map[string]string
	// Decorator gives any component Graphviz attributes, which win over the
	// look of its kind; nil for none.
	Decorator func(Node) map[string]string
}

// The names of the options in errors, and of their flags.
const (
	highlightOption = "highlight"
	colourOption    = "colour"
	attributeOption = "attribute"
)

var (
	colourForm    = regexp.MustCompile(`^(#([0-9a-fA-F]{3}|[0-9a-fA-F]{6}|[0-9a-fA-F]{8})|[a-zA-Z]+[0-9]{0,3})$`)
	attributeForm = regexp.MustCompile(`^[a-zA-Z_][a-zA-Z0-9_]*$`)
)

// check finds names that are no components', and values that cannot be drawn.
func (o Options) check(graph Graph) error {
	names := graph.Names()
	if err := checkNames(highlightOption, o.Highlight, names); err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(o.Colour)) {
		if err := checkNames(colourOption, []string{name}, names); err != nil {
			return err
		}
		if colour := o.Colour[name]; !colourForm.MatchString(colour) {
			return fmt.Errorf("%s: %s=%q must be a colour such as tomato or #ffcc00", colourOption, name, colour)
		}
	}
	return o.checkAttributes(names)
}

func (o Options) checkAttributes(names []string) error {
	for _, name := range slices.Sorted(maps.Keys(o.Attributes)) {
		if err := checkNames(attributeOption, []string{name}, names); err != nil {
			return err
		}
		for _, key := range slices.Sorted(maps.Keys(o.Attributes[name])) {
			if !attributeForm.MatchString(key) {
				return fmt.Errorf("%s: %s: %q must be the name of a Graphviz attribute, such as shape or penwidth", attributeOption, name, key)
			}
		}
	}
	return nil
}

func checkNames(option string, given, names []string) error {
	for _, name := range given {
		if slices.Contains(names, name) {
			continue
		}
		meant := ""
		if closest := suggest.Closest(name, names); closest != "" {
			meant = fmt.Sprintf("; did you mean %s?", closest)
		}
		return fmt.Errorf("%s: there is no component %q%s (there are %s)", option, name, meant, strings.Join(names, ", "))
	}
	return nil
}
