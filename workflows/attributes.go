package workflows

import (
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"
)

// Attributes are the search attributes by which Temporal lists runs and finds them. A
// namespace has to know them before a run may have them.
type Attributes struct {
	Migration, Table, Environment temporal.SearchAttributeKeyKeyword
	// State is the run's phase, Percent how much of it is done, in steps of percentStep.
	State   temporal.SearchAttributeKeyKeyword
	Percent temporal.SearchAttributeKeyInt64
}

// NewAttributes are those of db-migrate.
func NewAttributes() Attributes {
	return Attributes{
		Migration:   temporal.NewSearchAttributeKeyKeyword("MigrationName"),
		Table:       temporal.NewSearchAttributeKeyKeyword("MigrationTable"),
		Environment: temporal.NewSearchAttributeKeyKeyword("MigrationEnvironment"),
		State:       temporal.NewSearchAttributeKeyKeyword("MigrationState"),
		Percent:     temporal.NewSearchAttributeKeyInt64("MigrationPercent"),
	}
}

// All are the attributes' names and types.
func (a Attributes) All() []temporal.SearchAttributeKey {
	return []temporal.SearchAttributeKey{a.Migration, a.Table, a.Environment, a.State, a.Percent}
}

// Of are a run's attributes at its start.
func (a Attributes) Of(subject Subject) temporal.SearchAttributes {
	return temporal.NewSearchAttributes(a.Migration.ValueSet(subject.Migration), a.Table.ValueSet(subject.Table),
		a.Environment.ValueSet(subject.Environment), a.State.ValueSet(PhaseStarting), a.Percent.ValueSet(0))
}

// percentStep keeps a run's history short: each change of an attribute is an event of it.
const percentStep = 5

// listing is what a run's attributes say.
type listing struct {
	state   string
	percent int64
}

// list keeps the run's search attributes up to date.
func (o *overseer) list(status Status) {
	now := listing{status.Phase, status.Percent() / percentStep * percentStep}
	if !o.attributes || now == o.listing {
		return
	}
	keys := NewAttributes()
	if err := workflow.UpsertTypedSearchAttributes(o.crew.root, keys.State.ValueSet(now.state), keys.Percent.ValueSet(now.percent)); err != nil {
		workflow.GetLogger(o.crew.root).Warn("search attributes cannot be set", "error", err)
	}
	o.listing = now
}
