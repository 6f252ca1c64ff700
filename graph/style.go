package graph

import (
	"maps"
	"slices"
)

// attributes are those of a node, in Graphviz's words; the Mermaid renderer
// translates the few that it can.
type attributes map[string]string

// look is how the components of a kind look.
func look(kind Kind) attributes {
	switch kind {
	case Activities:
		return attributes{"fillcolor": "#e3f1e0", "color": "#6aa564"}
	case Workflows:
		return attributes{"fillcolor": "#e0eaf8", "color": "#5f8fc9"}
	case Outside:
		return attributes{"fillcolor": "#ffffff", "color": "#8a94a0", "style": "filled,rounded,dashed"}
	case missing:
		return attributes{"fillcolor": "#c62828", "color": "#8e1b1b", "fontcolor": "#ffffff"}
	}
	return attributes{"fillcolor": "#fdf1d0", "color": "#cfa13a"}
}

// kinds are all kinds, in the order of legends and classes.
func kinds() []Kind { return []Kind{Plain, Activities, Workflows, Outside, missing} }

// highlighted is the look of a component that shall stand out; one that is
// missing stays red.
func highlighted(node Node) attributes {
	if node.Missing {
		return attributes{"color": "#ffab00", "penwidth": "4"}
	}
	return attributes{"fillcolor": "#ffd54a", "color": "#e07b00", "penwidth": "3"}
}

// special are the attributes of a node beyond the look of its kind.
func (o Options) special(node Node) attributes {
	result := attributes{}
	if o.Decorator != nil {
		maps.Copy(result, o.Decorator(node))
	}
	if slices.Contains(o.Highlight, node.Name) {
		maps.Copy(result, highlighted(node))
	}
	if colour, given := o.Colour[node.Name]; given && !node.Missing {
		result["fillcolor"] = colour
	}
	maps.Copy(result, o.Attributes[node.Name])
	return result
}

// attributes are all of a node's.
func (o Options) attributes(node Node) attributes {
	result := look(node.Kind)
	maps.Copy(result, o.special(node))
	return result
}
