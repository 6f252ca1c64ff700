package contact

import (
	"fmt"
	"regexp/syntax"
	"slices"
	"strings"
	"testing"

	"github.com/nyaruka/phonenumbers"
	"github.com/stretchr/testify/require"
)

// pattern is a compiled pattern of valid national numbers.
type pattern struct{ *syntax.Prog }

// patternOf joins the library's patterns for land lines and mobile phones of
// the calling code's main region, and for +1 of Canada too: those regions which
// the library recognises by their patterns, not by leading digits.
func patternOf(t *testing.T, code string, length int) pattern {
	var alternatives []string
	for _, region := range metadataOf(t, code) {
		for _, kind := range []*phonenumbers.PhoneNumberDesc{region.GetFixedLine(), region.GetMobile()} {
			if len(kind.PossibleLength) == 0 || slices.Contains(kind.PossibleLength, int32(length)) {
				alternatives = append(alternatives, "(?:"+kind.GetNationalNumberPattern()+")")
			}
		}
	}
	parsed, err := syntax.Parse(strings.Join(alternatives, "|"), syntax.Perl)
	require.NoError(t, err)
	program, err := syntax.Compile(parsed.Simplify())
	require.NoError(t, err)
	return pattern{program}
}

func metadataOf(t *testing.T, code string) []*phonenumbers.PhoneMetadata {
	main := map[string][]string{"1": {"US", "CA"}, "44": {"GB"}, "49": {"DE"}, "33": {"FR"}, "61": {"AU"}, "46": {"SE"}}
	collection, err := phonenumbers.MetadataCollection()
	require.NoError(t, err)
	var found []*phonenumbers.PhoneMetadata
	for _, region := range collection.GetMetadata() {
		if slices.Contains(main[code], region.GetId()) {
			require.Empty(t, region.GetLeadingDigits())
			found = append(found, region)
		}
	}
	require.Len(t, found, len(main[code]), "+%s", code)
	return found
}

// acceptsAll reports whether every number with this prefix and length matches.
func (p pattern) acceptsAll(prefix string, length int) bool {
	states := p.reach([]uint32{uint32(p.Start)})
	for _, digit := range prefix {
		states = p.step(states, digit)
	}
	return p.acceptsRest(states, length-len(prefix), map[string]bool{})
}

// acceptsRest remembers its answers, as the same states come back all the time.
func (p pattern) acceptsRest(states []uint32, rest int, known map[string]bool) bool {
	if rest == 0 {
		return slices.ContainsFunc(states, func(at uint32) bool { return p.Inst[at].Op == syntax.InstMatch })
	}
	name := fmt.Sprint(states, rest)
	if answer, ok := known[name]; ok {
		return answer
	}
	all := len(states) > 0
	for digit := '0'; digit <= '9' && all; digit++ {
		all = p.acceptsRest(p.step(states, digit), rest-1, known)
	}
	known[name] = all
	return all
}

// step is where the states lead to over one digit.
func (p pattern) step(states []uint32, digit rune) []uint32 {
	var next []uint32
	for _, at := range states {
		switch p.Inst[at].Op {
		case syntax.InstRune, syntax.InstRune1, syntax.InstRuneAny, syntax.InstRuneAnyNotNL:
			if p.Inst[at].MatchRune(digit) {
				next = append(next, p.Inst[at].Out)
			}
		}
	}
	return p.reach(next)
}

// reach adds the states that need no digit; an anchor in a pattern would be one
// that never goes on, which can only make the proof fail.
func (p pattern) reach(states []uint32) []uint32 {
	reached := slices.Clone(states)
	for i := 0; i < len(reached); i++ {
		instruction := p.Inst[reached[i]]
		var next []uint32
		switch instruction.Op {
		case syntax.InstAlt, syntax.InstAltMatch:
			next = []uint32{instruction.Out, instruction.Arg}
		case syntax.InstCapture, syntax.InstNop:
			next = []uint32{instruction.Out}
		}
		for _, at := range next {
			if !slices.Contains(reached, at) {
				reached = append(reached, at)
			}
		}
	}
	slices.Sort(reached)
	return slices.Compact(reached)
}
