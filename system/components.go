package system

import (
	"fmt"

	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/workflow"

	"db-migrate/activities"
	"db-migrate/graph"
	"db-migrate/idfile"
	"db-migrate/workflows"
)

// StatusBoard stands for the starter's status board, which no worker registers:
// it shows what the overseer answers to its status query.
type StatusBoard struct {
	Overseer *workflows.MigrationOverseer
}

// Blueprint is the system as New wires it, before it is configured. What needs
// what does not depend on the configuration, so that the starter, which knows no
// migrations and no database, draws the same graph as the worker.
func Blueprint() *System { return wire(&activities.Connection{}, &idfile.Folder{}, nil) }

// Components are those that a worker registers. Nothing is served or opened.
func (s *System) Components() []Component { return s.Register(unheard{}) }

// Graph is the components and what they need, the starter's among them.
func (s *System) Graph() graph.Graph {
	var components []graph.Component
	for _, component := range s.Components() {
		components = append(components, graph.Component{Name: component.Name, Value: component.Value,
			Kind: component.kind(), Detail: component.detail()})
	}
	components = append(components, graph.Component{Name: "status-board", Value: &StatusBoard{Overseer: s.Overseer},
		Kind: graph.Outside, Detail: "in the starter"})
	return graph.New(components...)
}

// Check is an error that names each missing component, and the field that should
// hold it.
func (s *System) Check() error {
	if err := s.Graph().Check(); err != nil {
		return fmt.Errorf("the components are not wired, so nothing is started:\n%w", err)
	}
	return nil
}

func (c Component) kind() graph.Kind {
	switch {
	case len(c.Workflows) > 0:
		return graph.Workflows
	case len(c.Activities) > 0:
		return graph.Activities
	}
	return graph.Plain
}

// detail counts what a component serves.
func (c Component) detail() string {
	switch c.kind() {
	case graph.Workflows:
		return count(len(c.Workflows), "workflow", "workflows")
	case graph.Activities:
		return count(len(c.Activities), "activity", "activities")
	}
	return ""
}

func count(number int, one, many string) string {
	if number == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", number, many)
}

// unheard is a registry for what Register returns: nothing is served.
type unheard struct{}

func (unheard) RegisterWorkflowWithOptions(any, workflow.RegisterOptions) {}

func (unheard) RegisterActivityWithOptions(any, activity.RegisterOptions) {}
