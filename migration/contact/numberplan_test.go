package contact

import (
	"fmt"
	"math/rand/v2"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The proof of numberplan.go: libphonenumber's own patterns, followed digit by
// digit, accept every number that the plans accept, not only those tried.
func TestPlansAreWhollyValid(t *testing.T) {
	for _, plan := range plans {
		for length := plan.shortest; length <= plan.longest; length++ {
			pattern := patternOf(t, plan.code, length)
			for _, prefix := range plan.prefixes {
				assert.True(t, pattern.acceptsAll(prefix, length),
					"+%s %s… with %d digits", plan.code, prefix, length)
			}
		}
	}
	pattern := patternOf(t, "1", 10)
	for code := range len(northAmericanAreas) {
		for exchange := 2; northAmericanAreas[code] && exchange <= 9; exchange++ {
			prefix := fmt.Sprintf("%03d%d", code, exchange)
			assert.True(t, pattern.acceptsAll(prefix, 10), "+1 %s…", prefix)
		}
	}
}

func TestTheProofCanFail(t *testing.T) {
	british := patternOf(t, "44", 10)
	assert.True(t, british.acceptsAll("207", 10))
	assert.False(t, british.acceptsAll("20", 10), "some of 20… are not handed out")
	assert.False(t, british.acceptsAll("7700", 9), "too short")
	assert.False(t, patternOf(t, "1", 10).acceptsAll("4151", 10), "no exchange begins with 1")
}

// A national number must not begin with something that the parser takes for a
// trunk prefix, save the 0 that the plans know of.
func TestPlansDoNotMeetTheTrunkPrefix(t *testing.T) {
	for _, plan := range plans {
		trunk := regexp.MustCompile("^(?:" + metadataOf(t, plan.code)[0].GetNationalPrefixForParsing() + ")")
		assert.Equal(t, "0", trunk.FindString("0"+plan.prefixes[0]), "+%s", plan.code)
		for _, prefix := range plan.prefixes {
			assert.False(t, trunk.MatchString(prefix), "+%s %s", plan.code, prefix)
		}
	}
}

// Every plan and area, in every common way of writing, against the library.
func TestCommonPhoneEqualsTheLibrary(t *testing.T) {
	dice := rand.New(rand.NewPCG(1, 2))
	answered := 0
	for _, raw := range writings(dice) {
		got, ok := commonPhone(raw)
		if !ok {
			continue
		}
		answered++
		want, err := libraryPhone(raw, raw)
		require.NoError(t, err, raw)
		require.Equal(t, want, got, raw)
	}
	assert.Greater(t, answered, 1500)
}

func FuzzCommonPhoneEqualsTheLibrary(f *testing.F) {
	for _, raw := range writings(rand.New(rand.NewPCG(3, 4)))[:200] {
		f.Add(raw)
	}
	for _, raw := range []string{"(", "+", "+1", "++1 415 555 0123", "4155550123)", ")415(5550123",
		"+44 0 0207 946 0958", "+0442079460958", "+1 1 415 555 0123", "011442079460958", "+61 1831 2 5550 1234"} {
		f.Add(raw)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		raw = strings.TrimSpace(raw)
		if got, ok := commonPhone(raw); ok {
			want, err := libraryPhone(raw, raw)
			require.NoError(t, err)
			require.Equal(t, want, got)
		}
	})
}

// writings are numbers of all plans and areas, written in all common ways.
func writings(dice *rand.Rand) []string {
	var all []string
	for _, plan := range plans {
		for _, prefix := range plan.prefixes {
			for length := plan.shortest; length <= plan.longest; length++ {
				n := completed(dice, prefix, length)
				all = append(all, "+"+plan.code+" "+n, "+"+plan.code+"0"+n, "+"+plan.code+" (0) "+n[:3]+"-"+n[3:],
					"+"+plan.code+"."+n[:2]+" "+n[2:5]+" "+n[5:], "+("+plan.code+")"+n, plan.code+n)
			}
		}
	}
	for area := range len(northAmericanAreas) {
		n := completed(dice, fmt.Sprintf("%03d%d", area, dice.IntN(10)), 10)
		all = append(all, "("+n[:3]+") "+n[3:6]+"-"+n[6:], "1."+n[:3]+"."+n[3:6]+"."+n[6:], "+1 "+n[:3]+" "+n[3:])
	}
	dice.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	return all
}

func completed(dice *rand.Rand, prefix string, length int) string {
	for len(prefix) < length {
		prefix += strconv.Itoa(dice.IntN(10))
	}
	return prefix
}
