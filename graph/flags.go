package graph

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/spf13/pflag"
)

// Request is what a command line asks to have drawn.
type Request struct {
	// Decorator gives any component Graphviz attributes; nil for none.
	Decorator func(Node) map[string]string
	// Warnings gets what Graphviz has to say beside the picture.
	Warnings io.Writer

	visualize  bool
	format     string
	file       string
	horizontal bool
	highlight  []string
	colours    []string
	attributes []string

	flags   *pflag.FlagSet
	timeout time.Duration
	viewer  viewer
}

const (
	visualizeFlag  = "visualize"
	formatFlag     = "format"
	fileFlag       = "output-file"
	horizontalFlag = "horizontal"
)

// drawingFlags mean nothing without --visualize.
func drawingFlags() []string {
	return []string{formatFlag, fileFlag, horizontalFlag, highlightOption, colourOption, attributeOption}
}

// Names are the names of all flags of a drawing.
func (r *Request) Names() []string { return append([]string{visualizeFlag}, drawingFlags()...) }

// AddFlags adds the flags of a drawing to a command's, and returns what they
// will ask for.
func AddFlags(set *pflag.FlagSet) *Request {
	request := &Request{Warnings: os.Stderr, flags: set, viewer: findViewer()}
	set.BoolVarP(&request.visualize, visualizeFlag, "V", false, "draw the components and what they need, and do nothing else")
	set.StringVar(&request.format, formatFlag, "", "`format` of the drawing: "+formatList(" or ")+" (default: by the file's extension)")
	set.StringVar(&request.file, fileFlag, "", "`file` for the drawing; - is standard output (default: shown at once)")
	set.BoolVar(&request.horizontal, horizontalFlag, false, "draw from left to right")
	set.StringArrayVar(&request.highlight, highlightOption, nil, "`component` that stands out in the drawing, may be repeated")
	set.StringArrayVar(&request.colours, colourOption, nil, "`component=colour` in the drawing, may be repeated")
	set.StringArrayVar(&request.attributes, attributeOption, nil, "`component:key=value`, a Graphviz attribute, may be repeated")
	return request
}

// Asked reports whether a drawing is asked for. Flags that only make sense with
// one are refused without it: who asks for a drawing must not start a migration.
func (r *Request) Asked() (bool, error) {
	if r.visualize {
		return true, nil
	}
	for _, name := range drawingFlags() {
		if r.flags.Changed(name) {
			return false, fmt.Errorf("--%s belongs to a drawing; add --%s (-V), or leave it out", name, visualizeFlag)
		}
	}
	return false, nil
}

// options are those that the flags give.
func (r *Request) options() (Options, error) {
	colours, err := parseColours(r.colours)
	attributes, wrong := parseAttributes(r.attributes)
	return Options{Horizontal: r.horizontal, Highlight: r.highlight, Colour: colours, Attributes: attributes,
		Decorator: r.Decorator}, errors.Join(err, wrong)
}

func parseColours(given []string) (map[string]string, error) {
	colours := map[string]string{}
	for _, text := range given {
		name, colour, found := strings.Cut(text, "=")
		if !found || name == "" || colour == "" {
			return nil, fmt.Errorf("--%s: %q must be NAME=COLOUR, for example connection=tomato", colourOption, text)
		}
		colours[name] = colour
	}
	return colours, nil
}

func parseAttributes(given []string) (map[string]map[string]string, error) {
	attributes := map[string]map[string]string{}
	for _, text := range given {
		name, pair, found := strings.Cut(text, ":")
		key, value, paired := strings.Cut(pair, "=")
		if !found || !paired || name == "" || key == "" {
			return nil, fmt.Errorf("--%s: %q must be NAME:KEY=VALUE, for example connection:shape=cylinder", attributeOption, text)
		}
		if attributes[name] == nil {
			attributes[name] = map[string]string{}
		}
		attributes[name][key] = value
	}
	return attributes, nil
}
