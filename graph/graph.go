package graph

// Component is a component as the program registered it.
type Component struct {
	Name string
	// Value is a pointer to the component's struct. Its exported fields that
	// point to other components become arrows. A nil pointer says that the
	// component is missing.
	Value any
	Kind  Kind
	// Detail is a few words below the name.
	Detail string
}

// Kind says what a component does; it chooses the colour.
type Kind string

// The kinds of components.
const (
	Plain      Kind = "plain"
	Activities Kind = "activities"
	Workflows  Kind = "workflows"
	// Outside is a component of another program.
	Outside Kind = "outside"
	// missing is the kind of a component that somebody needs and nobody brings.
	missing Kind = "missing"
)

// Graph is the components and what they need, in the order of registration.
type Graph struct {
	Nodes []Node
	Edges []Edge
}

// Node is a component, or the place where one is missing.
type Node struct {
	Name   string
	Kind   Kind
	Detail string
	// Missing: no such component is there; Detail says why.
	Missing bool
}

// Edge says that the component From needs the component To.
type Edge struct {
	From, To string
	// Field is the field of From that holds To.
	Field string
	// Label is what From calls To, where that is not To's own name.
	Label string
}

// Names are the names of all nodes, in their order.
func (g Graph) Names() []string {
	var names []string
	for _, node := range g.Nodes {
		names = append(names, node.Name)
	}
	return names
}

// from are the arrows that begin at a node.
func (g Graph) from(name string) []Edge {
	var edges []Edge
	for _, edge := range g.Edges {
		if edge.From == name {
			edges = append(edges, edge)
		}
	}
	return edges
}

// to are the arrows that end at a node.
func (g Graph) to(name string) []Edge {
	var edges []Edge
	for _, edge := range g.Edges {
		if edge.To == name {
			edges = append(edges, edge)
		}
	}
	return edges
}
