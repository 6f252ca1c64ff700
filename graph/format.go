package graph

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
)

// Format is what a graph is rendered as.
type Format string

// The formats. The pictures need Graphviz.
const (
	DOT     Format = "dot"
	SVG     Format = "svg"
	PNG     Format = "png"
	PDF     Format = "pdf"
	Mermaid Format = "mermaid"
	Tree    Format = "tree"
)

// Formats are all of them.
func Formats() []Format { return []Format{DOT, SVG, PNG, PDF, Mermaid, Tree} }

// formatList is the formats for errors and usage.
func formatList(separator string) string {
	var names []string
	for _, format := range Formats() {
		names = append(names, string(format))
	}
	last := len(names) - 1
	return strings.Join(names[:last], ", ") + separator + names[last]
}

// extensions are those that tell a format.
func extensions() map[string]Format {
	return map[string]Format{".dot": DOT, ".gv": DOT, ".svg": SVG, ".png": PNG, ".pdf": PDF, ".mmd": Mermaid, ".txt": Tree}
}

const extensionList = ".dot, .gv, .svg, .png, .pdf, .mmd (Mermaid) or .txt (tree)"

// formatFor is the format to write a file in: the one that is asked for, else
// the one that the file's extension tells.
func formatFor(asked, file string) (Format, error) {
	told, known := extensions()[strings.ToLower(filepath.Ext(file))]
	switch {
	case asked != "" && !slices.Contains(Formats(), Format(asked)):
		return "", fmt.Errorf("--format: %q must be %s", asked, formatList(" or "))
	case asked != "" && known && told != Format(asked):
		return "", fmt.Errorf("--format says %s, but the extension of --output-file %s says %s; leave --format out, or change the extension", asked, file, told)
	case asked != "":
		return Format(asked), nil
	case !known:
		return "", fmt.Errorf("--output-file: %s: the extension must be %s, or --format must say what to write", file, extensionList)
	}
	return told, nil
}
