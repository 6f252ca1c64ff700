package graph

import (
	"errors"
	"fmt"
)

// Check is an error that names each missing component with the fields that need
// it, and each name that two components have; nil if the system is whole.
func (g Graph) Check() error {
	var problems []error
	seen := map[string]bool{}
	for _, node := range g.Nodes {
		if seen[node.Name] {
			problems = append(problems, fmt.Errorf("two components are named %s", node.Name))
		}
		seen[node.Name] = true
		if node.Missing {
			problems = append(problems, g.missing(node)...)
		}
	}
	return errors.Join(problems...)
}

func (g Graph) missing(node Node) []error {
	var problems []error
	for _, edge := range g.to(node.Name) {
		if node.Name == missingName(edge.From, edge.Field) {
			problems = append(problems, fmt.Errorf("component %s: what its field %s needs is %s", edge.From, edge.Field, node.Detail))
			continue
		}
		problems = append(problems, fmt.Errorf("component %s: its field %s needs the component %s, which is %s", edge.From, edge.Field, node.Name, node.Detail))
	}
	if len(problems) == 0 {
		problems = append(problems, fmt.Errorf("component %s is %s", node.Name, node.Detail))
	}
	return problems
}
