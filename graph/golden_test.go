package graph_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"db-migrate/graph"
)

var update = flag.Bool("update", false, "write the golden files anew")

// part is a component that needs up to three others.
type part struct {
	Left, Right *part `component:",optional"`
	Spare       any   `component:",optional"`
}

// large is a system of thirty components, of every kind, in which many need the
// same ones.
func large() graph.Graph {
	kinds := []graph.Kind{graph.Plain, graph.Activities, graph.Workflows, graph.Outside}
	var components []graph.Component
	parts := make([]*part, 30)
	for i := range parts {
		parts[i] = &part{}
		components = append(components, graph.Component{Name: fmt.Sprintf("part-%02d", i+1), Value: parts[i],
			Kind: kinds[i%len(kinds)], Detail: fmt.Sprintf("%d pieces", i)})
	}
	for i, one := range parts {
		if left := 2*i + 1; left < len(parts) {
			one.Left = parts[left]
		}
		if right := 2*i + 2; right < len(parts) {
			one.Right = parts[right]
		}
		if i%7 == 3 {
			one.Spare = parts[29]
		}
	}
	return graph.New(components...)
}

type engine struct{ Fuel *tank }
type tank struct{}
type car struct {
	Engine *engine
	Radio  *radio
	Driver any `component:"driver"`
}
type radio struct{ Aerial *aerial }
type aerial struct{}

// broken misses a component that is registered, one that is declared by its tag,
// and one that a field should hold.
func broken() graph.Graph {
	return graph.New(
		graph.Component{Name: "car", Value: &car{Engine: &engine{}}, Kind: graph.Workflows, Detail: "4 wheels"},
		graph.Component{Name: "radio", Value: (*radio)(nil)},
		graph.Component{Name: "engine", Value: &engine{}, Kind: graph.Activities},
		graph.Component{Name: "tank", Value: &tank{}},
	)
}

// round needs itself, through two others.
func round() graph.Graph {
	one, two, three := &part{}, &part{}, &part{}
	one.Left, two.Left, three.Left, three.Right = two, three, one, three
	return graph.New(graph.Component{Name: "one", Value: one}, graph.Component{Name: "two", Value: two},
		graph.Component{Name: "three", Value: three})
}

func TestGolden(t *testing.T) {
	decorated := graph.Options{
		Horizontal: true,
		Highlight:  []string{"engine", "driver"},
		Colour:     map[string]string{"tank": "tomato", "radio": "#00ff00"},
		Attributes: map[string]map[string]string{"car": {"shape": "octagon", "label": `my\ncar "GT"`}, "tank": {"penwidth": "4"}},
		Decorator: func(node graph.Node) map[string]string {
			return map[string]string{"tooltip": "this is " + node.Name}
		},
	}
	systems := map[string]graph.Graph{"large": large(), "broken": broken(), "round": round(), "decorated": broken(), "none": graph.New()}
	for name, system := range systems {
		options := graph.Options{}
		if name == "decorated" {
			options = decorated
		}
		for format, extension := range map[graph.Format]string{graph.DOT: "dot", graph.Mermaid: "mmd", graph.Tree: "txt"} {
			t.Run(name+" as "+string(format), func(t *testing.T) {
				content, err := graph.Renderer{}.Render(t.Context(), system, format, options)
				require.NoError(t, err)
				golden(t, name+"."+extension, string(content))
			})
		}
	}
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		require.NoError(t, os.WriteFile(path, []byte(got), 0o644))
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err)
	assert.Equal(t, string(want), got)
}
