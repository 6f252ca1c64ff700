package wild

import "strings"

// block is a range of numbers kept for fiction: country calling code, then the
// groups of the national number, in which # is any digit.
type block struct{ code, groups string }

// northAmerica gets an area code in front.
const northAmerica = " 555 01##"

var areaCodes = strings.Fields("201 202 206 212 213 214 215 216 301 303 305 312 313 314 404 410 412 415 416 " +
	"503 504 505 512 514 602 604 608 612 613 615 617 619 702 703 704 713 718 801 804 808 816 901 904 907 916 919")

var blocks = []block{
	{"44", "20 7946 0###"}, {"44", "161 496 0###"}, {"44", "131 496 0###"}, {"44", "117 496 0###"},
	{"49", "30 23125 ###"}, {"49", "69 90009 ###"}, {"49", "89 99998 ###"}, {"49", "171 39200 ##"},
	{"33", "1 99 00 ## ##"}, {"33", "2 61 91 ## ##"}, {"33", "3 53 01 ## ##"}, {"33", "5 36 49 ## ##"},
	{"61", "2 5550 ####"}, {"61", "3 7010 ####"}, {"61", "7 5550 ####"}, {"61", "491 570 156"},
	{"46", "8 465 004 ##"}, {"46", "31 390 06 ##"}, {"46", "70 174 06 ##"},
}

// newPhone makes a phone number, as written and in E.164 form.
func newPhone(dice *dice) (written, e164 string) {
	if dice.percent(65) {
		groups := digits(dice, pick(dice, areaCodes)+northAmerica)
		return americanPhone(dice, groups), "+1" + strings.ReplaceAll(groups, " ", "")
	}
	chosen := pick(dice, blocks)
	groups := digits(dice, chosen.groups)
	return foreignPhone(dice, chosen.code, groups), "+" + chosen.code + strings.ReplaceAll(groups, " ", "")
}

func digits(dice *dice, groups string) string {
	filled := []byte(groups)
	for i := range filled {
		if filled[i] == '#' {
			filled[i] = '0' + byte(dice.below(10))
		}
	}
	return string(filled)
}

// americanPhone writes a number of ten digits in three groups.
func americanPhone(dice *dice, groups string) string {
	area, rest := groups[:3], groups[4:]
	switch dice.below(10) {
	case 0, 1, 2:
		return "(" + area + ") " + grouped(rest, "-")
	case 3, 4:
		return grouped(groups, "-")
	case 5:
		return grouped(groups, pick(dice, []string{".", "", " "}))
	case 6:
		return "+1 " + groups
	case 7:
		return "+1 (" + area + ") " + grouped(rest, "-")
	case 8:
		return "1-" + grouped(groups, "-")
	}
	if dice.percent(5) {
		return grouped(groups, "-") + " x" + digits(dice, "4##")
	}
	return " " + grouped(groups, ".") + " "
}

// foreignPhone writes a number with its country calling code.
func foreignPhone(dice *dice, code, groups string) string {
	if dice.percent(15) {
		return "+" + code + " (0)" + groups
	}
	separator := pick(dice, []string{" ", " ", "-", ".", ""})
	return "+" + code + separator + grouped(groups, separator)
}

func grouped(groups, separator string) string {
	return strings.ReplaceAll(groups, " ", separator)
}
