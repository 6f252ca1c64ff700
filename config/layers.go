package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf8"

	"gopkg.in/yaml.v3"

	"db-migrate/internal/suggest"
	"db-migrate/internal/yamltext"
)

// value is a key's value with the place that it comes from.
type value struct {
	node  *yaml.Node
	place string
	// supposed: a variable in it is not set here, so that it is what stands behind the colon.
	supposed bool
}

// layers are the values so far, and the problems met.
type layers struct {
	program  Program
	table    map[string]Key
	known    []string
	values   map[string]value
	problems []error
	notices  []string
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
		l.problem("%w", yamltext.Unreadable(name, content, err))
		return
	}
	if err := decoder.Decode(&yaml.Node{}); !errors.Is(err, io.EOF) {
		l.problem("%s: more than one document; a file holds one", name)
		return
	}
	l.profiles(source{name, yamltext.LinesOf(content)}, document.Content[0])
}

// source is a YAML file that is read.
type source struct {
	file  string
	lines yamltext.Lines
}

func (s source) place(node *yaml.Node) string { return fmt.Sprintf("%s:%d", s.file, node.Line) }

func (l *layers) profiles(from source, root *yaml.Node) {
	if root.Kind != yaml.MappingNode {
		l.problem("%s: the file must hold profiles (%s), each with its keys", from.place(root), strings.Join(l.profileNames(), ", "))
		return
	}
	seen := map[string]bool{}
	for i := 0; i < len(root.Content); i += 2 {
		name, keys := root.Content[i], root.Content[i+1]
		if err := yamltext.Key(name); err != nil {
			l.problem("%s: %w", from.place(name), err)
			continue
		}
		if !slices.Contains(l.profileNames(), name.Value) {
			l.problem("%s: there is no profile %s%s", from.place(name), name.Value, l.misplacedKey(from.file, name.Value))
			continue
		}
		if seen[name.Value] {
			l.problem("%s: profile %s appears twice", from.place(name), name.Value)
		}
		seen[name.Value] = true
		if err := yamltext.Value(keys, "leave the profile out, or write its keys"); err != nil {
			l.problem("%s: profile %s: %w", from.place(keys), name.Value, err)
			continue
		}
		if keys.Kind != yaml.MappingNode {
			l.problem("%s: profile %s must hold keys with their values", from.place(keys), name.Value)
			continue
		}
		l.keys(from, name.Value, keys)
	}
}

func (l *layers) keys(from source, profile string, keys *yaml.Node) {
	seen := map[string]bool{}
	for i := 0; i < len(keys.Content); i += 2 {
		name, node := keys.Content[i], keys.Content[i+1]
		place := from.place(name)
		if err := yamltext.Key(name); err != nil {
			l.problem("%s: profile %s: %w", place, profile, err)
			continue
		}
		key := profile + "/" + name.Value
		if seen[key] {
			l.problem("%s: key %s appears twice", place, key)
		}
		seen[key] = true
		if err := l.written(from, key, node); err != nil {
			l.problem("%s: %s: %w", place, key, err)
			continue
		}
		l.set(key, value{node: node, place: place})
	}
}

// written refuses a value that YAML reads otherwise than it is meant: null, an
// alias, a word for true or false, a text whose end is a comment to YAML.
func (l *layers) written(from source, name string, node *yaml.Node) error {
	key, known := l.table[name]
	if !known {
		return nil // which is told by set
	}
	err := l.plainly(key, node)
	if err != nil && key.secret && node.ShortTag() != "!!null" {
		return errors.New("YAML would read another value than is written; put the value in single quotes")
	}
	if err == nil && node.Kind == yaml.ScalarNode && key.whole {
		return l.whole(from, name, node)
	}
	return err
}

// plainly refuses a value that is not what it looks like.
func (l *layers) plainly(key Key, node *yaml.Node) error {
	if err := yamltext.Value(node, "leave the key out"+l.emptyForm(key.Name)); err != nil {
		return err
	}
	if slices.Contains(textKeys(), key.Name) && len(key.choices) == 0 && !key.sql {
		return yamltext.Word(node, "put it in quotes if it is this word"+l.emptyForm(key.Name))
	}
	for _, item := range node.Content {
		if err := errors.Join(yamltext.Value(item, "write a name, in quotes if it is this word"), yamltext.Word(item, "put it in quotes if it is a name")); err != nil {
			return err
		}
	}
	return nil
}

// whole refuses a text of which YAML leaves something out. A secret is not shown.
func (l *layers) whole(from source, key string, node *yaml.Node) error {
	_, name, _ := strings.Cut(key, "/")
	err := from.lines.Whole(node, name+": |-")
	if err != nil && l.table[key].secret {
		return errors.New("YAML takes everything from ' #' on for a comment, and would leave it out; put the value in single quotes, and a comment on a line of its own")
	}
	return err
}

// emptyForm is how the empty value of a key is written, if it may have one.
func (l *layers) emptyForm(key string) string {
	switch {
	case slices.Contains(listKeys(), key):
		return ", or write [] for the empty list"
	case slices.Contains(textKeys(), key) && !l.table[key].needed:
		return ", or write '' for the empty text"
	}
	return ""
}

// set puts a value in place of the one before; lists append.
func (l *layers) set(key string, next value) {
	if !slices.Contains(l.known, key) {
		l.problem("%s: there is no key %s%s", next.place, Mask(key), l.suggest(key, l.known))
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
		l.problem("Unable to parse argument %q; it must be component/key=value, for example customer-migration/processes=5", Mask(text))
		return
	}
	if err := l.refuseEmpty(key, content); err != nil {
		l.problem("argument: %s: %w", key, err)
		return
	}
	if found, known := l.table[key]; known {
		l.heedProgram(found)
	}
	node := &yaml.Node{Kind: yaml.ScalarNode, Value: content}
	if slices.Contains(listKeys(), key) {
		node = &yaml.Node{Kind: yaml.SequenceNode}
		for _, item := range strings.Split(content, ",") {
			node.Content = append(node.Content, &yaml.Node{Kind: yaml.ScalarNode, Value: strings.TrimSpace(item)})
		}
	}
	l.set(key, value{node: node, place: argumentPlace})
}

// argumentPlace is the place of what stands on the command line.
const argumentPlace = "argument"

// refuseEmpty refuses component/key= for all keys whose empty value is not plainly
// meant: it is what a shell makes of a variable that is not set.
func (l *layers) refuseEmpty(key, content string) error {
	if content != "" || !slices.Contains(l.known, key) || l.table[key].emptyArgument {
		return nil
	}
	_, name, _ := strings.Cut(key, "/")
	return fmt.Errorf("the value after = is empty; is a shell variable not set? Write a value (%s), or leave %s out%s", l.table[key].valid(), key, l.emptyInFile(key, name))
}

// emptyInFile says how an empty value is given that is meant, if there is one.
func (l *layers) emptyInFile(key, name string) string {
	if !slices.Contains(textKeys(), key) || l.table[key].needed || len(l.table[key].choices) > 0 {
		return ""
	}
	return fmt.Sprintf("; if it is to be empty, write %s: '' in a file (--config, --load)", name)
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

// misplacedKey says what becomes of a key that stands where a profile should: it belongs
// below that of its file, or below the only one that has it.
func (l *layers) misplacedKey(file, name string) string {
	var having []string
	for _, profile := range l.profileNames() {
		if !slices.Contains(l.known, profile+"/"+name) {
			continue
		}
		if having = append(having, profile); strings.HasPrefix(filepath.Base(file), profile) {
			having = []string{profile}
			break
		}
	}
	if len(having) != 1 {
		return l.suggest(name, l.profileNames())
	}
	return fmt.Sprintf("; it is a key of %s: write it below %s:", having[0], having[0])
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
