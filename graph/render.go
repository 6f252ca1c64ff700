package graph

import (
	"context"
	"fmt"
	"io"
	"time"
)

// Renderer renders graphs. Its zero value is ready to use.
type Renderer struct {
	// Timeout is how long Graphviz may take; 0: five seconds.
	Timeout time.Duration
	// Warnings gets what Graphviz says about a picture that it did make; nil:
	// nobody.
	Warnings io.Writer
}

// Render renders a graph in a format. Names in the options that are no
// components' are refused.
func (r Renderer) Render(ctx context.Context, graph Graph, format Format, options Options) ([]byte, error) {
	if err := options.check(graph); err != nil {
		return nil, err
	}
	switch format {
	case DOT:
		return []byte(graph.dot(options)), nil
	case Mermaid:
		return []byte(graph.mermaid(options)), nil
	case Tree:
		return []byte(graph.tree(options)), nil
	case SVG, PNG, PDF:
		return r.picture(ctx, format, graph.dot(options))
	}
	return nil, fmt.Errorf("there is no format %q; there are %s", format, formatList(" and "))
}
