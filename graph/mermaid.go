package graph

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// mermaid writes the graph in the language that GitHub and many editors draw.
// Of the attributes it knows colours, width and dashes of the border.
func (g Graph) mermaid(options Options) string {
	direction := "TB"
	if options.Horizontal {
		direction = "LR"
	}
	var text strings.Builder
	fmt.Fprintf(&text, "flowchart %s\n", direction)
	numbers := map[string]string{}
	for i, node := range g.Nodes {
		numbers[node.Name] = fmt.Sprintf("c%d", i+1)
		fmt.Fprintf(&text, "  %s(\"%s\"):::%s\n", numbers[node.Name], mermaidLabel(node), node.Kind)
	}
	for _, edge := range g.Edges {
		fmt.Fprintf(&text, "  %s -->%s %s\n", numbers[edge.From], mermaidEdgeLabel(edge), numbers[edge.To])
	}
	g.mermaidClasses(&text)
	for _, node := range g.Nodes {
		if style := mermaidStyle(options.special(node)); style != "" {
			fmt.Fprintf(&text, "  style %s %s\n", numbers[node.Name], style)
		}
	}
	return text.String()
}

// mermaidClasses writes the looks of the kinds that occur.
func (g Graph) mermaidClasses(text *strings.Builder) {
	for _, kind := range kinds() {
		if slices.ContainsFunc(g.Nodes, func(node Node) bool { return node.Kind == kind }) {
			shown := look(kind)
			// Without it the words are white on a page with a dark theme.
			if _, given := shown["fontcolor"]; !given {
				shown["fontcolor"] = "#202124"
			}
			fmt.Fprintf(text, "  classDef %s %s\n", kind, mermaidStyle(shown))
		}
	}
}

func mermaidLabel(node Node) string {
	label := mermaidText.Replace(node.Name)
	if node.Detail != "" {
		label += "<br/>" + mermaidText.Replace(node.Detail)
	}
	return label
}

func mermaidEdgeLabel(edge Edge) string {
	if edge.Label == "" {
		return ""
	}
	return `|"` + mermaidText.Replace(edge.Label) + `"|`
}

// mermaidText escapes what ends a label or begins an entity or a tag.
var mermaidText = strings.NewReplacer("#", "#35;", `"`, "#quot;", "&", "#amp;", "<", "#lt;", ">", "#gt;", "`", "#96;")

// mermaidProperties are the attributes that Mermaid has words for.
func mermaidProperties() map[string]string {
	return map[string]string{"fillcolor": "fill", "color": "stroke", "fontcolor": "color", "penwidth": "stroke-width"}
}

func unit(property string) string {
	if property == "stroke-width" {
		return "px"
	}
	return ""
}

// mermaidValue is a value that both languages understand; Graphviz's gradients
// (red:blue) would spoil the whole drawing.
var mermaidValue = regexp.MustCompile(`^[#a-zA-Z0-9.]+$`)

func mermaidStyle(given attributes) string {
	var properties []string
	words := mermaidProperties()
	for _, key := range slices.Sorted(maps.Keys(given)) {
		if word, known := words[key]; known && mermaidValue.MatchString(given[key]) {
			properties = append(properties, word+":"+given[key]+unit(word))
		} else if key == "style" && strings.Contains(given[key], "dashed") {
			properties = append(properties, "stroke-dasharray:5 4")
		}
	}
	return strings.Join(properties, ",")
}
