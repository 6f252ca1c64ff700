package databasetest

import (
	"fmt"
	"strings"

	"github.com/stretchr/testify/require"
)

// insert makes a customer: the keys come in no order, and include what is
// awkward for each kind.
func (f *fixture) insert(number int) {
	f.Helper()
	require.NoError(f, f.act.Add(keyOf(f.kind, number), name(number), int64(number)*10))
}

// orderBy is the key's columns as the site would sort by them.
func (k KeyKind) orderBy() string {
	if k == Pairs {
		return "region, id"
	}
	return "id"
}

func keyOf(kind KeyKind, number int) []any {
	round := number / 8 // the awkward keys are eight
	switch kind {
	case Numbers:
		awkward := []int64{7, -5, 9007199254740993, 9007199254740992, 0, 100, 2, -9223372036854775808}
		if round == 0 {
			return []any{awkward[number]}
		}
		return []any{int64(1000 + number)}
	case LongTexts:
		return []any{longText(number)}
	case BrokenTexts:
		return []any{string([]byte{0xff - byte(number), 'a', 0xc3})}
	case Bytes:
		awkward := [][]byte{{0x41}, {0xff, 0xfe}, {}, {0}, {0, 0}, {0x41, 0}, []byte("\\x41"), {0x80}}
		if round == 0 {
			return []any{awkward[number]}
		}
		return []any{[]byte{1, byte(number)}}
	case FilledBytes:
		return []any{append([]byte{byte(number * 37)}, keyOf(Bytes, number)[0].([]byte)...)}
	case UUIDs:
		return []any{fmt.Sprintf("%08x-0000-4000-8000-0000000000%02x", 0xfedcba98-uint32(number)*0x1f3d5b79, number)}
	case Pairs, Clustered:
		return []any{textKey(number / 2), int64(9 - number)}
	}
	return []any{textKey(number)}
}

// keyLength is how many bytes a long key has: 1 KiB.
const keyLength = 1024

// longText is a text of 1 KiB of emoji, of which those of other customers differ
// in their ends, or one of what quoting may stumble over.
func longText(number int) string {
	awkward := []string{"🦊", "👩‍👩‍👧", "ä̈﷽", "'; DROP TABLE customers; -- ", "tab\t\"and\" line\n", "%_\\ ", `\x41 `, "$1 ? :id [1] "}
	unit := awkward[number%len(awkward)]
	units := 20
	if unit[0] >= 0x80 {
		units = (keyLength - 4) / len(unit)
	}
	return strings.Repeat(unit, units) + fmt.Sprintf("%04d", number)
}

func textKey(number int) string {
	awkward := []string{"b", "A", "a0", "ä", `\x41`, "10", "9", "O'Neil, \"X\""}
	if number < len(awkward) {
		return awkward[number]
	}
	return "customer " + name(number)
}
