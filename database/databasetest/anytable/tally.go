package anytable

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// tally counts cases, and why db-migrate has refused some of them.
type tally struct {
	made     int
	refused  map[string]int
	disagree int
}

var names = regexp.MustCompile("[0-9]+|\"[^\"]*\"|'[^']*'|`[^`]*`")

// count counts a case with the reason of its refusal, if it has one.
func (t *tally) count(reason string) {
	t.made++
	if reason == "" {
		return
	}
	if t.refused == nil {
		t.refused = map[string]int{}
	}
	t.refused[reasonKind(reason)]++
}

// reasonKind is a reason without the names in it.
func reasonKind(reason string) string {
	for _, mark := range []string{"connection/table: ", "column ", "table ", "key ", "migration "} {
		if at := strings.Index(reason, mark); at >= 0 {
			rest := reason[at+len(mark):]
			if end := strings.IndexByte(rest, ' '); end > 0 {
				reason = reason[:at+len(mark)] + "_" + rest[end:]
			}
		}
	}
	reason = names.ReplaceAllString(reason, "_")
	if len(reason) > 160 {
		reason = reason[:160]
	}
	return reason
}

// refusals is how many cases were refused.
func (t *tally) refusals() int {
	all := 0
	for _, count := range t.refused {
		all += count
	}
	return all
}

// String is the tally as people read it.
func (t *tally) String() string {
	text := fmt.Sprintf("%d tables, %d refused, %d disagreements", t.made, t.refusals(), t.disagree)
	var reasons []string
	for reason, count := range t.refused {
		reasons = append(reasons, fmt.Sprintf("%6d refused: %s", count, reason))
	}
	slices.Sort(reasons)
	slices.Reverse(reasons)
	return strings.Join(append([]string{text}, reasons...), "\n")
}
