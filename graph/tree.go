package graph

import (
	"slices"
	"strings"
)

// Marks behind a component's name in the tree.
const (
	markMissing   = "  ✗ missing: "
	markAbove     = "  ↑ shown above"
	markCycle     = "  ↻ needs itself"
	markHighlight = "  ★"
)

// tree draws the graph with plain characters, for a terminal. A component that
// several need stands below each of them, what it needs itself below the first.
func (g Graph) tree(options Options) string {
	t := branches{graph: g, options: options, seen: map[string]bool{}}
	for _, root := range g.roots() {
		t.root(root)
	}
	for _, node := range g.Nodes { // only in cycles, which have no root
		if !t.seen[node.Name] {
			t.root(node)
		}
	}
	return t.text.String()
}

// roots are the components that no other needs.
func (g Graph) roots() []Node {
	return slices.DeleteFunc(slices.Clone(g.Nodes), func(node Node) bool { return len(g.to(node.Name)) > 0 })
}

type branches struct {
	graph   Graph
	options Options
	text    strings.Builder
	seen    map[string]bool
	// path are the components above the one that is being drawn.
	path []string
}

func (t *branches) root(node Node) {
	t.text.WriteString(t.line(node) + "\n")
	t.children(node.Name, "")
}

func (t *branches) children(name, indent string) {
	t.seen[name] = true
	t.path = append(t.path, name)
	edges := t.graph.from(name)
	for i, edge := range edges {
		branch, below := "├── ", "│   "
		if i == len(edges)-1 {
			branch, below = "└── ", "    "
		}
		t.text.WriteString(indent + branch)
		t.child(edge, indent+below)
	}
	t.path = t.path[:len(t.path)-1]
}

func (t *branches) child(edge Edge, indent string) {
	if edge.Label != "" {
		t.text.WriteString(edge.Label + ": ")
	}
	node := t.node(edge.To)
	t.text.WriteString(t.line(node))
	if again := t.again(edge.To); again != "" && !node.Missing {
		t.text.WriteString(again + "\n")
		return
	}
	t.text.WriteByte('\n')
	t.children(edge.To, indent)
}

// again is the mark of a component that is not drawn a second time.
func (t *branches) again(name string) string {
	switch {
	case slices.Contains(t.path, name):
		return markCycle
	case t.seen[name]:
		return markAbove
	}
	return ""
}

func (t *branches) node(name string) Node {
	at := slices.IndexFunc(t.graph.Nodes, func(node Node) bool { return node.Name == name })
	if at < 0 {
		return missingNode(name, notRegistered)
	}
	return t.graph.Nodes[at]
}

func (t *branches) line(node Node) string {
	line := node.Name
	switch {
	case node.Missing:
		line += markMissing + node.Detail
	case node.Detail != "":
		line += " (" + node.Detail + ")"
	}
	if slices.Contains(t.options.Highlight, node.Name) {
		line += markHighlight
	}
	return line
}
