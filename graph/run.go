package graph

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"

	"golang.org/x/term"
)

// standardOutput is the file name that means standard output.
const standardOutput = "-"

// Run draws the graph as the flags say: into a file, to stdout, or in a viewer.
func (r *Request) Run(ctx context.Context, graph Graph, stdout io.Writer) error {
	options, err := r.options()
	if err != nil {
		return err
	}
	if err := options.check(graph); err != nil {
		return fmt.Errorf("--%w", err) // options are named as their flags are
	}
	drawing := drawing{graph: graph, options: options, renderer: Renderer{Timeout: r.timeout, Warnings: r.Warnings}, stdout: stdout}
	switch {
	case r.file == "" && r.format == "":
		return drawing.show(ctx, r.viewer)
	case r.file == "" || r.file == standardOutput:
		return drawing.print(ctx, r.format)
	}
	return drawing.save(ctx, r.format, r.file)
}

// drawing is a graph on its way out.
type drawing struct {
	graph    Graph
	options  Options
	renderer Renderer
	stdout   io.Writer
}

func (d drawing) render(ctx context.Context, format Format) ([]byte, error) {
	return d.renderer.Render(ctx, d.graph, format, d.options)
}

// print writes the graph to standard output, by default as a tree.
func (d drawing) print(ctx context.Context, asked string) error {
	if asked == "" {
		asked = string(Tree)
	}
	format, err := formatFor(asked, "")
	if err != nil {
		return err
	}
	if (format == PNG || format == PDF) && isTerminal(d.stdout) {
		return fmt.Errorf("--format: a terminal cannot show %s; add --output-file FILE.%s, or send the output elsewhere", format, format)
	}
	content, err := d.render(ctx, format)
	if err != nil {
		return err
	}
	_, err = d.stdout.Write(content)
	return err
}

func isTerminal(output io.Writer) bool {
	file, isFile := output.(*os.File)
	return isFile && term.IsTerminal(int(file.Fd()))
}

// save writes the graph into a file.
func (d drawing) save(ctx context.Context, asked, file string) error {
	format, err := formatFor(asked, file)
	if err != nil {
		return err
	}
	if err := checkDestination(file); err != nil {
		return err
	}
	content, err := d.render(ctx, format)
	if err != nil {
		return err
	}
	if err := writeFile(file, content); err != nil {
		return fmt.Errorf("--output-file: %w", err)
	}
	return d.rendered(file)
}

func (d drawing) rendered(file string) error {
	_, err := fmt.Fprintf(d.stdout, "System graph rendered to: %s\n", file)
	return err
}

// show opens a picture in the viewer, or draws a tree where that cannot be.
func (d drawing) show(ctx context.Context, viewer viewer) error {
	if _, err := exec.LookPath(graphviz); err != nil {
		return d.tree(ctx, "For a picture install graphviz, or paste --format mermaid into a Markdown file.")
	}
	if viewer.program == "" {
		return d.tree(ctx, "There is no viewer to open a picture in; --output-file graph.svg (png, pdf) saves one.")
	}
	content, err := d.render(ctx, PNG)
	if err != nil {
		return err
	}
	file, err := temporaryPicture(content)
	if err != nil {
		return err
	}
	if err := d.rendered(file); err != nil {
		return err
	}
	return viewer.open(file)
}

// tree draws a tree, and below it how to get more than that.
func (d drawing) tree(ctx context.Context, advice string) error {
	content, err := d.render(ctx, Tree)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(d.stdout, "%s\n%s\n", content, advice)
	return err
}
