package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"gopkg.in/yaml.v3"

	"db-migrate/internal/suggest"
)

// value is a key's value with the place that it comes from.
type value struct {
	node  *yaml.Node
	place string
}

// layers are the values so far, and the problems met.
type layers struct {
	known    []string
	values   map[string]value
	problems []error
}

func (l *layers) problem(format string, arguments ...any) {
	l.problems = append(l.problems, fmt.Errorf(format, arguments...))
}

// file adds a YAML file's profiles.
func (l *layers) file(name string, content []byte) {
	if !utf8.Valid(content) {
		l.problem("%s: the file is not UTF-8", name)
		return
	}
	decoder := yaml.NewDecoder(bytes.NewReader(content))
	var document yaml.Node
	if err := decoder.Decode(&document); errors.Is(err, io.EOF) {
		return
	} else if err != nil {
		l.problem("%s: %w", name, err)
		return
	}
	if err := decoder.Decode(&yaml.Node{}); !errors.Is(err, io.EOF) {
		l.problem("%s: more than one document; a file holds one", name)
		return
	}
	l.profiles(name, document.Content[0])
}

func (l *layers) profiles(file string, root *yaml.Node) {
	if root.Kind != yaml.MappingNode {
		l.problem("%s:%d: the file must hold profiles (%s), each with its keys", file, root.Line, strings.Join(l.profileNames(), ", "))
		return
	}
	for i := 0; i < len(root.Content); i += 2 {
		name, keys := root.Content[i], root.Content[i+1]
		if !slices.Contains(l.profileNames(), name.Value) {
			l.problem("%s:%d: there is no profile %s%s", file, name.Line, name.Value, l.suggest(name.Value, l.profileNames()))
			continue
		}
		if keys.Kind != yaml.MappingNode {
			l.problem("%s:%d: profile %s must hold keys with their values", file, keys.Line, name.Value)
			continue
		}
		l.keys(file, name.Value, keys)
	}
}

func (l *layers) keys(file, profile string, keys *yaml.Node) {
	seen := map[string]bool{}
	for i := 0; i < len(keys.Content); i += 2 {
		name, node := keys.Content[i], keys.Content[i+1]
		place := fmt.Sprintf("%s:%d", file, name.Line)
		key := profile + "/" + name.Value
		if seen[key] {
			l.problem("%s: key %s stands twice", place, key)
		}
		seen[key] = true
		l.set(key, value{node, place})
	}
}

// set puts a value in place of the one before; lists append.
func (l *layers) set(key string, next value) {
	if !slices.Contains(l.known, key) {
		l.problem("%s: there is no key %s%s", next.place, key, l.suggest(key, l.known))
		return
	}
	if before, found := l.values[key]; found && before.node.Kind == yaml.SequenceNode && next.node.Kind == yaml.SequenceNode && len(before.node.Content) > 0 {
		joined := *next.node
		joined.Content = slices.Concat(before.node.Content, next.node.Content)
		next.node = &joined
	}
	l.values[key] = next
}

// argument adds a component/key=value argument.
func (l *layers) argument(text string) {
	key, content, found := strings.Cut(text, "=")
	if !found || strings.Count(key, "/") != 1 || strings.HasPrefix(key, "/") || strings.HasSuffix(key, "/") {
		l.problem("Unable to parse argument %q; it must be component/key=value, for example customer-migration/processes=5", text)
		return
	}
	node := &yaml.Node{Kind: yaml.ScalarNode, Value: content}
	if slices.Contains(listKeys(), key) {
		node = &yaml.Node{Kind: yaml.SequenceNode}
		for _, item := range strings.Split(content, ",") {
			node.Content = append(node.Content, &yaml.Node{Kind: yaml.ScalarNode, Value: strings.TrimSpace(item)})
		}
	}
	l.set(key, value{node, "argument"})
}

func (l *layers) profileNames() []string {
	var names []string
	for _, key := range l.known {
		if name, _, _ := strings.Cut(key, "/"); !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

// suggest is «; did you mean …?» for a mistyped name, else the valid ones.
func (l *layers) suggest(name string, valid []string) string {
	if best := suggest.Closest(name, valid); best != "" {
		return fmt.Sprintf("; did you mean %s?", best)
	}
	profile, _, isKey := strings.Cut(name, "/")
	if isKey && slices.Contains(l.profileNames(), profile) {
		valid = slices.DeleteFunc(slices.Clone(valid), func(key string) bool { return !strings.HasPrefix(key, profile+"/") })
	} else if isKey {
		valid = l.profileNames()
	}
	return "; there are " + strings.Join(valid, ", ")
}
