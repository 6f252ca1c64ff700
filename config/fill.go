package config

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"gopkg.in/yaml.v3"
)

// field is one key's place in its struct.
type field struct {
	key    string
	target reflect.Value
}

func (c *Configuration) fields() []field {
	var fields []field
	for _, profile := range c.profiles() {
		structure := reflect.ValueOf(profile.target).Elem()
		for i := range structure.NumField() {
			fields = append(fields, field{profile.name + "/" + structure.Type().Field(i).Tag.Get("key"), structure.Field(i)})
		}
	}
	return fields
}

func listKeys() []string { return keysOfKind(reflect.Slice) }

// textKeys are those whose value may be any text.
func textKeys() []string { return keysOfKind(reflect.String) }

func keysOfKind(kind reflect.Kind) []string {
	var keys []string
	for _, field := range (&Configuration{}).fields() {
		if field.target.Kind() == kind {
			keys = append(keys, field.key)
		}
	}
	return keys
}

// fill gives each field its value, and returns what is wrong with them.
func (c *Configuration) fill() []error {
	var problems []error
	keys := keysByName()
	for _, field := range c.fields() {
		found, exists := c.values[field.key]
		if !exists || found.node == nil {
			continue // its problem has been told already, or it is not set here
		}
		if err := field.fill(found.node, keys[field.key].limit); err != nil {
			problems = append(problems, fmt.Errorf("%s: %s: %w", found.place, field.key, err))
		}
	}
	return problems
}

// Check says what is wrong with a text as the value of a key; nil: nothing is.
func Check(key, text string) error {
	for _, field := range (&Configuration{}).fields() {
		if field.key == key {
			return field.fill(&yaml.Node{Kind: yaml.ScalarNode, Value: text}, keysByName()[key].limit)
		}
	}
	return fmt.Errorf("there is no key %s", key)
}

func (f field) fill(node *yaml.Node, bound limit) error {
	if list, ok := f.target.Addr().Interface().(*[]string); ok {
		return fillList(list, node)
	}
	if node.Kind != yaml.ScalarNode {
		return errors.New("it must be a single value")
	}
	text := node.Value
	switch target := f.target.Addr().Interface().(type) {
	case *string:
		*target = text
		return bound.checkText(text)
	case *int:
		number, err := parseNumber(text)
		*target = number
		return errors.Join(err, checkIf(err, bound, number))
	case *Auto:
		return fillAuto(target, text, bound)
	case *Size:
		return fillSize(target, text, bound)
	case *float64:
		number, err := parseDecimal(text)
		if err != nil {
			return err
		}
		*target = number
		return bound.checkNumber(number)
	case *Duration:
		span, err := time.ParseDuration(text)
		if err != nil {
			return fmt.Errorf("%q must be a time span such as 500ms, 5s or 2m", Mask(text))
		}
		*target = Duration(span)
		return bound.checkDuration(span)
	}
	return fmt.Errorf("keys of type %s are not supported", f.target.Type())
}

func checkIf(err error, bound limit, number int) error {
	if err != nil {
		return nil
	}
	return bound.checkNumber(float64(number))
}

func fillAuto(target *Auto, text string, bound limit) error {
	if text == "auto" {
		*target = 0
		return nil
	}
	number, err := parseNumber(text)
	if err != nil {
		return fmt.Errorf("%q must be auto or %w", text, errors.Unwrap(err))
	}
	*target = Auto(number)
	return bound.checkNumber(float64(number))
}

func fillSize(target *Size, text string, bound limit) error {
	size, err := parseSize(text)
	if err != nil {
		return err
	}
	*target = size
	if float64(size) < bound.least || float64(size) > bound.most {
		return fmt.Errorf("%s is out of range; it must be %s", size, bound.form)
	}
	return nil
}

func fillList(target *[]string, node *yaml.Node) error {
	if node.Kind != yaml.SequenceNode {
		return errors.New("it must be a list")
	}
	for _, item := range node.Content {
		if item.Kind != yaml.ScalarNode || item.Value == "" {
			return errors.New("it must be a list of names")
		}
		*target = append(*target, item.Value)
	}
	if sorted := slices.Sorted(slices.Values(*target)); len(slices.Compact(sorted)) != len(*target) {
		return fmt.Errorf("%s: a name appears twice", strings.Join(*target, ", "))
	}
	return nil
}
