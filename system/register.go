package system

import (
	"maps"
	"reflect"
	"runtime"
	"slices"
	"strings"

	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/workflow"

	"db-migrate/workflows"
)

// Registry is the part of a Temporal worker that components register on.
type Registry interface {
	RegisterWorkflowWithOptions(workflow any, options workflow.RegisterOptions)
	RegisterActivityWithOptions(activity any, options activity.RegisterOptions)
}

// Register registers the components, and returns them in that order: from them
// the component graph is drawn.
func (s *System) Register(registry Registry) []Component {
	registrar := registrar{registry: registry}
	registrar.component("connection", s.Connection)
	registrar.component("customer-files", s.Files)
	registrar.component("site-guard", s.Guard)
	registrar.component("customer-scanner", s.Scanner,
		s.Scanner.BeginRun, s.Scanner.ScanPage, s.Scanner.ScanFile, s.Scanner.FindBound, s.Scanner.ListDeadLetters, s.Scanner.CountLeft, s.Scanner.ListLeft, s.Scanner.EndRun)
	registrar.questions(s.Scanner.Questions())
	registrar.component("customer-migrator", s.Migrator,
		s.Migrator.MigrateCustomers, s.Migrator.MigrateCustomer, s.Migrator.BuryCustomer, s.Migrator.PreviewRows)
	registrar.component("migration-overseer", s.Overseer)
	registrar.workflow(workflows.WorkflowName, s.Overseer.OverseeMigration)
	registrar.workflow(workflows.AskName, s.Overseer.AskWorker)
	return registrar.components
}

// Component is a component as it was registered.
type Component struct {
	Name string
	// Value is the component's struct: its fields name the components that it
	// needs.
	Value any
	// Activities and Workflows are the names of those that it serves.
	Activities []string
	Workflows  []string
}

// registrar keeps the struct beside what it registers: Temporal's own hooks see
// a bare function, from which the fields cannot be reached.
type registrar struct {
	registry   Registry
	components []Component
}

// component registers a component with its activities, which Temporal calls by
// the names of their methods.
func (r *registrar) component(name string, value any, functions ...any) {
	component := Component{Name: name, Value: value}
	for _, function := range functions {
		r.registry.RegisterActivityWithOptions(function, activity.RegisterOptions{})
		component.Activities = append(component.Activities, methodName(function))
	}
	r.components = append(r.components, component)
}

// questions registers further activities of the component that came last.
func (r *registrar) questions(functions map[string]any) {
	last := &r.components[len(r.components)-1]
	for _, name := range slices.Sorted(maps.Keys(functions)) {
		r.registry.RegisterActivityWithOptions(functions[name], activity.RegisterOptions{Name: name})
		last.Activities = append(last.Activities, name)
	}
}

// methodName is the name of a bound method.
func methodName(function any) string {
	full := runtime.FuncForPC(reflect.ValueOf(function).Pointer()).Name()
	return strings.TrimSuffix(full[strings.LastIndexByte(full, '.')+1:], "-fm")
}

// workflow registers a workflow of the component that came last.
func (r *registrar) workflow(name string, function any) {
	r.registry.RegisterWorkflowWithOptions(function, workflow.RegisterOptions{Name: name})
	last := &r.components[len(r.components)-1]
	last.Workflows = append(last.Workflows, name)
}
