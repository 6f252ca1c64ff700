// Package suggest finds what somebody who mistyped a name may have meant.
package suggest

import "github.com/lithammer/fuzzysearch/fuzzy"

// closeEnough is how many letters a mistyped name may differ by.
const closeEnough = 3

// Closest is the valid name nearest to a mistyped one; empty if none is near.
func Closest(name string, valid []string) string {
	best, distance := "", closeEnough+1
	for _, candidate := range valid {
		if d := fuzzy.LevenshteinDistance(name, candidate); d < distance {
			best, distance = candidate, d
		}
	}
	return best
}
