package contact

import "strings"

// maxDigits is the most that E.164 allows, and one for a trunk prefix.
const maxDigits = 16

// dialled is the digits of a phone number as somebody wrote it.
type dialled struct {
	digits        [maxDigits]byte
	count         int
	international bool // written with a plus sign
}

// commonPhone answers for phone numbers in a common form of a common numbering
// plan, just as libphonenumber would. False means that the library must be
// asked; it says nothing about the number.
func commonPhone(raw string) (e164 string, ok bool) {
	var number dialled
	if !number.read(raw) {
		return "", false
	}
	digits := number.digits[:number.count]
	if !number.international || digits[0] == '1' {
		return northAmerican(digits)
	}
	for i := range plans {
		if e164, ok := plans[i].normalize(digits); ok {
			return e164, true
		}
	}
	return "", false
}

// read takes the digits out of plain numbers: an optional plus sign, then
// digits with blanks, hyphens, dots and parentheses between them.
func (d *dialled) read(raw string) bool {
	d.international = strings.HasPrefix(raw, "+")
	start := 0
	if d.international {
		start = 1
	}
	for i := start; i < len(raw); i++ {
		switch c := raw[i]; {
		case '0' <= c && c <= '9':
			if d.count == maxDigits {
				return false
			}
			d.digits[d.count] = c
			d.count++
		case c != ' ' && c != '-' && c != '.' && c != '(' && c != ')':
			return false
		}
	}
	return d.count > 0 && isDigit(raw[len(raw)-1])
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

// northAmerican answers for ten digits, with or without the leading 1 that is
// both country code and trunk prefix.
func northAmerican(digits []byte) (string, bool) {
	if len(digits) == 11 && digits[0] == '1' {
		digits = digits[1:]
	}
	if len(digits) != 10 || digits[3] < '2' || !northAmericanAreas.has(digits[:3]) {
		return "", false
	}
	return plus("1", digits), true
}

// normalize answers for digits with country code, and perhaps the trunk prefix
// that people put into parentheses: +44 (0)20 7946 0958.
func (p *plan) normalize(digits []byte) (string, bool) {
	if len(digits) <= len(p.code) || string(digits[:len(p.code)]) != p.code {
		return "", false
	}
	national := digits[len(p.code):]
	if national[0] == '0' {
		national = national[1:]
	}
	if len(national) < p.shortest || len(national) > p.longest || !p.begins(national) {
		return "", false
	}
	return plus(p.code, national), true
}

func (p *plan) begins(national []byte) bool {
	for _, prefix := range p.prefixes {
		if len(prefix) <= len(national) && string(national[:len(prefix)]) == prefix {
			return true
		}
	}
	return false
}

func plus(code string, national []byte) string {
	var buffer [maxDigits + 3]byte
	return string(append(append(append(buffer[:0], '+'), code...), national...))
}
