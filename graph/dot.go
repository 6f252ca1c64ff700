package graph

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// The font is a list, of which Graphviz, or the viewer of an SVG, takes the
// first that it has.
const dotHeader = `digraph components {
  rankdir=%s
  bgcolor="white"
  pad=0.3
  nodesep=0.8
  ranksep=0.75
  node [shape=box, style="filled,rounded", fontname="Helvetica,Arial,sans-serif", fontsize=13, fontcolor="#202124", margin="0.22,0.12", penwidth=1.4]
  edge [fontname="Helvetica,Arial,sans-serif", fontsize=11, fontcolor="#5f6368", color="#7a828c", arrowsize=0.8, penwidth=1.2]

`

// dot writes the graph in Graphviz's language. The same graph gives the same
// text.
func (g Graph) dot(options Options) string {
	direction := "TB"
	if options.Horizontal {
		direction = "LR"
	}
	var text strings.Builder
	fmt.Fprintf(&text, dotHeader, direction)
	for _, node := range g.Nodes {
		fmt.Fprintf(&text, "  %s [label=%s%s]\n", dotText(node.Name), dotLabel(node), dotAttributes(options.attributes(node)))
	}
	text.WriteByte('\n')
	for _, edge := range g.Edges {
		fmt.Fprintf(&text, "  %s -> %s%s\n", dotText(edge.From), dotText(edge.To), dotEdgeLabel(edge))
	}
	text.WriteString("}\n")
	return text.String()
}

// dotLabel is the name, and below it the detail in smaller letters.
func dotLabel(node Node) string {
	if node.Detail == "" {
		return dotText(node.Name)
	}
	return fmt.Sprintf(`<%s<br/><font point-size="10">%s</font>>`, markup.Replace(node.Name), markup.Replace(node.Detail))
}

// markup escapes what has a meaning in Graphviz's labels of more than one font.
var markup = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;")

func dotEdgeLabel(edge Edge) string {
	if edge.Label == "" {
		return ""
	}
	// The blanks keep the words off the arrow.
	return fmt.Sprintf(" [label=%s]", dotText(" "+edge.Label+" "))
}

func dotAttributes(given attributes) string {
	var text strings.Builder
	for _, key := range slices.Sorted(maps.Keys(given)) {
		fmt.Fprintf(&text, ", %s=%s", key, dotValue(given[key]))
	}
	return text.String()
}

// dotText quotes words that are to be drawn as they stand.
func dotText(text string) string {
	return dotValue(strings.ReplaceAll(text, `\`, `\\`))
}

// dotValue quotes an attribute's value; Graphviz's own escapes, such as \n in a
// label, stay.
func dotValue(value string) string {
	if ending := len(value) - len(strings.TrimRight(value, `\`)); ending%2 == 1 {
		value += `\` // else it would escape the closing quote
	}
	return `"` + strings.ReplaceAll(value, `"`, `\"`) + `"`
}
