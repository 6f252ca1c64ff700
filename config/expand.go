package config

import (
	"fmt"
	"strings"

	"gopkg.in/yaml.v3"
)

// expand puts environment variables in place of ${VAR} and ${VAR:default}, in
// the values that are in effect.
func (l *layers) expand(getenv func(string) (string, bool)) {
	for key, found := range l.values {
		supposed := false
		expanded, err := expandNode(found.node, func(name string) (string, bool) {
			text, set := getenv(name)
			supposed = supposed || !set
			return text, set
		})
		if err != nil && l.table[key].spares(l.program) {
			l.values[key] = value{place: found.place + " (not set here)"}
			continue
		}
		if err != nil {
			l.problem("%s: %s: %w", found.place, key, err)
			delete(l.values, key)
			continue
		}
		l.values[key] = value{expanded, found.place, supposed}
	}
}

func expandNode(node *yaml.Node, getenv func(string) (string, bool)) (*yaml.Node, error) {
	changed := *node
	text, err := expandText(node.Value, getenv)
	if err != nil {
		return nil, err
	}
	changed.Value = text
	changed.Content = nil
	for _, child := range node.Content {
		expanded, err := expandNode(child, getenv)
		if err != nil {
			return nil, err
		}
		changed.Content = append(changed.Content, expanded)
	}
	return &changed, nil
}

func expandText(text string, getenv func(string) (string, bool)) (string, error) {
	var result strings.Builder
	for {
		before, rest, found := strings.Cut(text, "${")
		if !found {
			result.WriteString(text)
			return result.String(), nil
		}
		if strings.HasSuffix(before, "$") { // $${ stands for ${
			result.WriteString(before + "{")
			text = rest
			continue
		}
		inside, after, closed := strings.Cut(rest, "}")
		if !closed {
			return "", fmt.Errorf("${ without its }")
		}
		value, err := lookUp(inside, getenv)
		if err != nil {
			return "", err
		}
		result.WriteString(before + value)
		text = after
	}
}

func lookUp(inside string, getenv func(string) (string, bool)) (string, error) {
	name, fallback, hasFallback := strings.Cut(inside, ":")
	if name == "" {
		return "", fmt.Errorf("${%s} names no environment variable", inside)
	}
	if value, found := getenv(name); found {
		return value, nil
	}
	if !hasFallback {
		return "", fmt.Errorf("environment variable %s is not set; set it, or write ${%s:default}", name, name)
	}
	return fallback, nil
}
