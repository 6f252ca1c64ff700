package layers_test

import (
	"fmt"
	"slices"
	"strings"
)

// graph is what each package imports, by import paths; test files not counted.
type graph map[string][]string

// check answers the imports that break the rule, one a line, in order.
func (r rule) check(imports graph) []string {
	var found []string
	for importer := range imports {
		if r.speaksOf(importer) {
			found = append(found, r.follow(imports, []string{importer}, map[string]bool{})...)
		}
	}
	slices.Sort(found)
	return found
}

func (r rule) speaksOf(importer string) bool {
	relative := strings.TrimPrefix(strings.TrimPrefix(importer, module), "/")
	return (len(r.packages) == 0 || anyMatches(r.packages, relative)) && !anyMatches(r.except, relative)
}

// follow checks the imports of the last package of a chain, and goes on through
// packages of ours if the rule says so.
func (r rule) follow(imports graph, chain []string, seen map[string]bool) (found []string) {
	for _, imported := range imports[chain[len(chain)-1]] {
		if seen[imported] {
			continue
		}
		seen[imported] = true
		longer := append(slices.Clone(chain), imported)
		if anyMatches(r.forbidden, imported) && !anyMatches(r.allowed, imported) {
			found = append(found, fmt.Sprintf("%s: %s (%s)", strings.Join(longer, " imports "), r.reason, r.name))
		} else if r.through {
			found = append(found, r.follow(imports, longer, seen)...)
		}
	}
	return found
}

func anyMatches(patterns []string, path string) bool {
	return slices.ContainsFunc(patterns, func(pattern string) bool { return matches(pattern, path) })
}

// matches reports whether a path is the pattern or lies below it; a pattern that
// ends in $ means the path alone, as in depguard.
func matches(pattern, path string) bool {
	if exact, ok := strings.CutSuffix(pattern, "$"); ok {
		return path == exact
	}
	return path == pattern || strings.HasPrefix(path, pattern+"/")
}
