package yamltext

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"
)

// Value refuses a node that is not a value as it stands: null, an alias, or one
// with a tag. advice says what to write instead of null.
func Value(node *yaml.Node, advice string) error {
	switch {
	case node.Kind == yaml.AliasNode:
		return fmt.Errorf("*%s is a YAML alias, and those are not followed; write the value itself", node.Value)
	case node.ShortTag() == "!!null" && node.Value == "":
		return errors.New("there is no value; " + advice)
	case node.ShortTag() == "!!null":
		return fmt.Errorf("%s is YAML's null, which is no value; %s", node.Value, advice)
	case node.Style&yaml.TaggedStyle != 0 && node.ShortTag() != "!!str":
		return fmt.Errorf("the YAML tag %s is not supported; write the value without it", node.Tag)
	}
	return nil
}

// truths are YAML's words for true and false, which are texts to db-migrate.
var truths = []string{"yes", "no", "on", "off", "true", "false"}

// Word refuses a word that is true or false to YAML, unless it is in quotes: nobody
// knows whether it is meant as a text. advice says what to write instead.
func Word(node *yaml.Node, advice string) error {
	if node.Kind == yaml.ScalarNode && node.Style == 0 && slices.Contains(truths, strings.ToLower(node.Value)) {
		return fmt.Errorf("%s means true or false to YAML; %s", node.Value, advice)
	}
	return nil
}

// Key refuses a key that is not a word as it stands.
func Key(node *yaml.Node) error {
	switch {
	case node.Kind == yaml.AliasNode:
		return fmt.Errorf("*%s is a YAML alias, and those are not followed; write the key itself", node.Value)
	case node.Kind != yaml.ScalarNode:
		return errors.New("a key must be a single word")
	case node.ShortTag() == "!!merge":
		return errors.New("YAML's merge key << is not followed; write the keys and values themselves")
	}
	return nil
}

// Lines are the lines of a YAML file, in which a node's own text is looked up.
type Lines []string

// LinesOf splits a file into its lines.
func LinesOf(content []byte) Lines { return strings.Split(string(content), "\n") }

// Whole refuses a text of which YAML has left something out, or that it has
// joined so that the rest of it may become a comment. block is the form that
// takes every text as it stands, for example "migrate: |".
func (l Lines) Whole(node *yaml.Node, block string) error {
	if node.Style&yaml.LiteralStyle != 0 {
		return nil
	}
	if comment := l.comment(node); comment != "" {
		return fmt.Errorf("YAML takes everything from %q on for a comment, and would leave it out; write the text as a block: %s, then the text on the next line, indented", shortened(comment), block)
	}
	if mark := commentMark(node.Value); mark != "" && !l.onOneLine(node) {
		return fmt.Errorf("YAML joins these lines into one, so that a comment (%s) would swallow what follows it; write the text as a block, which keeps its lines: %s, then the text on the next line, indented", mark, block)
	}
	return nil
}

// comment is what stands behind a plain scalar as a comment; what is in quotes
// or in a block ends where it says so.
func (l Lines) comment(node *yaml.Node) string {
	if node.Style&(yaml.SingleQuotedStyle|yaml.DoubleQuotedStyle|yaml.FoldedStyle) != 0 {
		return ""
	}
	if node.LineComment != "" {
		return node.LineComment
	}
	_, behind, found := strings.Cut(l.from(node), node.Value)
	if behind = strings.TrimSpace(behind); found && strings.HasPrefix(behind, "#") {
		return behind
	}
	return ""
}

// commentMark is what begins a comment in SQL or CQL; empty: there is none. It
// may stand within a text in quotes: a block does no harm to that.
func commentMark(text string) string {
	for _, mark := range []string{"--", "#", "//"} {
		if strings.Contains(text, mark) {
			return mark
		}
	}
	return ""
}

// onOneLine reports whether a scalar ends on the line on which it begins.
func (l Lines) onOneLine(node *yaml.Node) bool {
	if node.Style&yaml.FoldedStyle != 0 {
		return !strings.Contains(strings.TrimSpace(node.Value), " ") // not joined of anything
	}
	text := l.from(node)
	switch {
	case node.Style&yaml.SingleQuotedStyle != 0:
		return strings.Contains(text, "'"+strings.ReplaceAll(node.Value, "'", "''")+"'")
	case node.Style&yaml.DoubleQuotedStyle != 0:
		return closed(text)
	}
	return strings.Contains(text, node.Value)
}

// closed reports whether a text in double quotes ends within the line.
func closed(line string) bool {
	inside := false
	for i := 0; i < len(line); i++ {
		switch {
		case line[i] == '\\' && inside:
			i++
		case line[i] == '"' && inside:
			return true
		case line[i] == '"':
			inside = true
		}
	}
	return false
}

// from is a node's first line, from where the node begins.
func (l Lines) from(node *yaml.Node) string {
	if node.Line < 1 || node.Line > len(l) {
		return ""
	}
	line := []rune(strings.TrimSuffix(l[node.Line-1], "\r"))
	return string(line[min(max(node.Column-1, 0), len(line)):])
}

// shownComment bounds how much of a comment an error repeats.
const shownComment = 60

func shortened(text string) string {
	text, _, _ = strings.Cut(text, "\n")
	if runes := []rune(text); len(runes) > shownComment {
		return string(runes[:shownComment]) + "…"
	}
	return text
}
