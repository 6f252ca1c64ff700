package graph_test

import (
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"db-migrate/graph"
)

type clock struct{ Zone string }
type journal struct{}

func (*journal) Close() error { return nil }

// needs has a field of every sort.
type needs struct {
	Clock        *clock
	TowerClock   *clock `component:"tower-clock"`
	Journal      io.Closer
	Anything     any
	Spare        *clock `component:",optional"`
	NoComponent  *clock `component:"-"`
	Closer       io.Closer
	Text         *strings.Builder
	Word         string
	List         []*clock
	HTTPClock    *clock
	hidden       *clock
	undiscovered any
}

func TestArrowsComeFromFields(t *testing.T) {
	wall, tower, book := &clock{}, &clock{}, &journal{}
	owner := &needs{Clock: wall, TowerClock: tower, Journal: book, Anything: wall, NoComponent: wall, HTTPClock: wall,
		Text: &strings.Builder{}, List: []*clock{wall}, hidden: wall, undiscovered: wall}
	drawn := graph.New(graph.Component{Name: "owner", Value: owner}, graph.Component{Name: "clock", Value: wall},
		graph.Component{Name: "tower-clock", Value: tower}, graph.Component{Name: "journal", Value: book})
	assert.Equal(t, []graph.Edge{
		{From: "owner", To: "clock", Field: "Clock"},
		{From: "owner", To: "tower-clock", Field: "TowerClock"},
		{From: "owner", To: "journal", Field: "Journal"},
		{From: "owner", To: "clock", Field: "Anything", Label: "anything"},
		{From: "owner", To: "clock", Field: "HTTPClock", Label: "http-clock"},
	}, drawn.Edges)
	assert.Equal(t, []string{"owner", "clock", "tower-clock", "journal"}, drawn.Names())
	assert.NoError(t, drawn.Check())
}

func TestMissingComponents(t *testing.T) {
	wall := &clock{}
	for name, test := range map[string]struct {
		components []graph.Component
		missing    []string
		said       string
	}{
		"a field that is not set": {
			[]graph.Component{{Name: "car", Value: &struct{ Clock *clock }{}}, {Name: "clock", Value: wall}},
			[]string{"car.Clock"}, "component car: what its field Clock needs is not set"},
		"a component that is not the registered one": {
			[]graph.Component{{Name: "car", Value: &struct{ Clock *clock }{&clock{}}}, {Name: "clock", Value: wall}},
			[]string{"car.Clock"}, "component car: what its field Clock needs is not registered"},
		"a component that is registered and nil": {
			[]graph.Component{{Name: "car", Value: &struct{ Clock *clock }{}}, {Name: "clock", Value: (*clock)(nil)}},
			[]string{"clock"}, "component car: its field Clock needs the component clock, which is not set"},
		"a component that nobody needs and is nil": {
			[]graph.Component{{Name: "clock", Value: (*clock)(nil)}},
			[]string{"clock"}, "component clock is not set"},
		"nothing at all": {
			[]graph.Component{{Name: "clock"}},
			[]string{"clock"}, "component clock is not set"},
		"a declared component that is not registered": {
			[]graph.Component{{Name: "car", Value: &struct {
				Driver any `component:"driver"`
			}{}}},
			[]string{"driver"}, "component car: its field Driver needs the component driver, which is not registered"},
		"a declared component that is not set": {
			[]graph.Component{{Name: "car", Value: &struct {
				Clock any `component:"clock"`
			}{}}, {Name: "clock", Value: wall}},
			[]string{"car.Clock"}, "component car: what its field Clock needs is not set"},
	} {
		t.Run(name, func(t *testing.T) {
			drawn := graph.New(test.components...)
			assert.EqualError(t, drawn.Check(), test.said)
			var missing []string
			for _, node := range drawn.Nodes {
				if node.Missing {
					missing = append(missing, node.Name)
				}
			}
			assert.Equal(t, test.missing, missing)
		})
	}
}

func TestTwoComponentsOfOneName(t *testing.T) {
	drawn := graph.New(graph.Component{Name: "clock", Value: &clock{}}, graph.Component{Name: "clock", Value: &clock{}})
	assert.EqualError(t, drawn.Check(), "two components are named clock")
}

func TestComponentsThatAreNoStructs(t *testing.T) {
	number := 3
	drawn := graph.New(graph.Component{Name: "value", Value: clock{}}, graph.Component{Name: "map", Value: map[string]int{}},
		graph.Component{Name: "function", Value: func() {}}, graph.Component{Name: "number", Value: &number})
	assert.Len(t, drawn.Nodes, 4)
	assert.Empty(t, drawn.Edges)
	assert.NoError(t, drawn.Check())
}
