package wild

import "encoding/hex"

// NumericID is the id of the customer at an index: 1 for the first.
func NumericID(index int) int64 { return int64(index) + 1 }

// UUID is the id of the customer at an index as a random UUID (version 4). Ids
// rise with the index, so a stretch of customers lies side by side in key order
// too.
func (p Population) UUID(index int) string {
	const bits = 48 // those in front of the version
	step := uint64(1) << bits / uint64(p.Rows)
	dice := newDice(p.Seed+2, index)
	front := uint64(index)*step + dice.next()%step
	var id [16]byte
	for i := range 6 {
		id[i] = byte(front >> (bits - 8 - 8*i))
	}
	low := dice.next()
	high := dice.next()
	for i := range 8 {
		id[8+i] = byte(low >> (8 * i))
	}
	id[6], id[7] = 0x40|byte(high)&0x0f, byte(high>>8)
	id[8] = 0x80 | id[8]&0x3f
	return formatUUID(id)
}

func formatUUID(id [16]byte) string {
	var text [36]byte
	hex.Encode(text[0:8], id[0:4])
	hex.Encode(text[9:13], id[4:6])
	hex.Encode(text[14:18], id[6:8])
	hex.Encode(text[19:23], id[8:10])
	hex.Encode(text[24:36], id[10:16])
	text[8], text[13], text[18], text[23] = '-', '-', '-', '-'
	return string(text[:])
}
