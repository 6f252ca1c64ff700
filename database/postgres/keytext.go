package postgres

import (
	"encoding/hex"
	"strings"
	"unicode/utf8"
)

// hexPrefix marks key texts that are no UTF-8, in hexadecimal digits: in a database
// whose encoding is SQL_ASCII a text is any bytes, and a key must survive JSON. Texts
// that begin so by themselves are written in this way, too.
const hexPrefix = `\x`

// keyText is a key column's value, as PostgreSQL prints it, as a key has it.
func (c column) keyText(printed string) string {
	if c.base == "bytea" || utf8.ValidString(printed) && !strings.HasPrefix(printed, hexPrefix) {
		return printed
	}
	return hexPrefix + hex.EncodeToString([]byte(printed))
}

// argument is the value that a key's text stands for, as PostgreSQL reads it. A text
// that begins as hexadecimal digits would, and is none, stands for itself.
func (c column) argument(text string) string {
	digits, marked := strings.CutPrefix(text, hexPrefix)
	if !marked || c.base == "bytea" {
		return text
	}
	raw, err := hex.DecodeString(digits)
	if err != nil {
		return text
	}
	return string(raw)
}
