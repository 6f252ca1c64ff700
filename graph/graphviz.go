package graph

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"strings"
	"time"
)

const (
	graphviz = "dot"
	// patience is how long Graphviz may take: thirty components take it a tenth
	// of a second.
	patience = 5 * time.Second
	// pixels to the inch of a PNG; Graphviz's 96 are blurred on most screens.
	pixels = "144"
)

// ErrNoGraphviz is a picture asked for where there is no Graphviz.
var ErrNoGraphviz = errors.New("no picture: Graphviz's dot is not on PATH: install graphviz, or use --format mermaid|tree|dot")

// picture has Graphviz draw a graph.
func (r Renderer) picture(ctx context.Context, format Format, text string) ([]byte, error) {
	program, err := exec.LookPath(graphviz)
	if err != nil {
		return nil, ErrNoGraphviz
	}
	bounded, cancel := context.WithTimeout(ctx, r.timeout())
	defer cancel()
	arguments := []string{"-T" + string(format)}
	if format == PNG {
		arguments = append(arguments, "-Gdpi="+pixels)
	}
	command := exec.CommandContext(bounded, program, arguments...)
	killWithChildren(command)
	var drawn, complaints bytes.Buffer
	command.Stdin, command.Stdout, command.Stderr = strings.NewReader(text), &drawn, &complaints
	err = command.Run()
	switch {
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case bounded.Err() != nil:
		return nil, fmt.Errorf("dot took longer than %s and was stopped", spoken(r.timeout()))
	case err != nil:
		return nil, fmt.Errorf("dot could not draw the graph (%w): %s", err, strings.TrimSpace(complaints.String()))
	}
	if r.Warnings != nil {
		_, _ = io.Copy(r.Warnings, &complaints) // the picture is there all the same
	}
	return drawn.Bytes(), nil
}

func (r Renderer) timeout() time.Duration {
	if r.Timeout == 0 {
		return patience
	}
	return r.Timeout
}

// spoken is a time span as people write it.
func spoken(span time.Duration) string {
	return fmt.Sprintf("%g s", span.Seconds())
}
