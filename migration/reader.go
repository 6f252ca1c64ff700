package migration

import (
	"errors"
	"fmt"
	"strings"

	"gopkg.in/yaml.v3"

	"db-migrate/internal/yamltext"
)

// keysOfFile are the keys that a migration's YAML file may have.
const keysOfFile = "a migration has the keys name, version, check, migrate and undo"

// reader reads a migration's YAML file, and collects what is wrong with it.
type reader struct {
	file     string
	lines    yamltext.Lines
	problems []error
}

func (r *reader) problem(node *yaml.Node, format string, arguments ...any) {
	r.problems = append(r.problems, fmt.Errorf("%s:%d: "+format, append([]any{r.file, node.Line}, arguments...)...))
}

func (r *reader) document(root *yaml.Node) document {
	var found document
	if root.Kind != yaml.MappingNode {
		r.problem(root, "the file must hold keys with their values; %s", keysOfFile)
		return found
	}
	seen := map[string]bool{}
	for i := 0; i < len(root.Content); i += 2 {
		name, node := root.Content[i], root.Content[i+1]
		if err := yamltext.Key(name); err != nil {
			r.problem(name, "%w", err)
			continue
		}
		if seen[name.Value] {
			r.problem(name, "key %s appears twice", name.Value)
		}
		seen[name.Value] = true
		r.key(&found, name, node)
	}
	return found
}

func (r *reader) key(found *document, name, node *yaml.Node) {
	switch name.Value {
	case "name":
		found.name = r.word(name, node)
	case "version":
		found.version = r.word(name, node)
	case "check":
		found.check = r.check(name, node)
	case "migrate":
		found.migrate = r.statements(name, node)
	case "undo":
		found.undo = r.statements(name, node)
	default:
		r.problem(name, "there is no key %s; %s", name.Value, keysOfFile)
	}
}

// word is a short text: a name or a version.
func (r *reader) word(name, node *yaml.Node) string {
	advice := "leave the key out, or put the word in quotes"
	if err := yamltext.Value(node, advice); err != nil {
		r.problem(name, "%s: %w", name.Value, err)
		return ""
	}
	if node.Kind != yaml.ScalarNode {
		r.problem(name, "%s: it must be a single value", name.Value)
		return ""
	}
	return node.Value
}

func (r *reader) check(name, node *yaml.Node) string {
	if node.Kind == yaml.SequenceNode {
		r.problem(name, "check: it must be one statement, which selects the keys of those to be migrated; a list is for migrate and undo")
		return ""
	}
	return r.statement(name, node, "check: |")
}

// statements are one statement or a list of them.
func (r *reader) statements(name, node *yaml.Node) []string {
	if node.Kind != yaml.SequenceNode {
		return []string{r.statement(name, node, name.Value+": |")}
	}
	if len(node.Content) == 0 {
		r.problem(name, "%s: the list is empty; write a statement, or leave the key out", name.Value)
	}
	var list []string
	for _, item := range node.Content {
		if node.Style&yaml.FlowStyle != 0 && item.Kind == yaml.ScalarNode && item.Style&(yaml.SingleQuotedStyle|yaml.DoubleQuotedStyle) == 0 {
			r.problem(name, "%s: in [ ] YAML cuts a statement at its commas; write each as a block of its own: - |, then the statement on the next line, indented", name.Value)
			return nil
		}
		list = append(list, r.statement(name, item, "- |"))
	}
	return list
}

// statement is one statement, whole. block is the form that takes every statement.
func (r *reader) statement(name, node *yaml.Node, block string) string {
	err := yamltext.Value(node, "write a statement, or leave "+name.Value+" out")
	switch {
	case err != nil:
	case node.Kind != yaml.ScalarNode && name.Value == "check":
		err = errors.New("it must be one statement")
	case node.Kind != yaml.ScalarNode:
		err = errors.New("it must be one statement or a list of statements")
	case strings.TrimSpace(node.Value) == "":
		err = fmt.Errorf("the statement is empty; write one, or leave %s out", name.Value)
	default:
		err = r.lines.Whole(node, block)
	}
	if err != nil {
		r.problem(node, "%s: %w", name.Value, err)
	}
	return node.Value
}
