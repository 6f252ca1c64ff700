package wild

import "strings"

// word is a name and the letters that stand for it in an e-mail address.
type word struct{ text, slug string }

// words reads a list of names: «Zoë/zoe» gives the slug, «Mary_Jane» holds a
// blank, and names in ASCII are their own slug.
func words(list string) []word {
	var found []word
	for _, entry := range strings.Fields(list) {
		text, slug, given := strings.Cut(strings.ReplaceAll(entry, "_", " "), "/")
		if !given {
			slug = strings.Map(slugLetter, strings.ToLower(text))
		}
		found = append(found, word{text, slug})
	}
	return found
}

func slugLetter(letter rune) rune {
	if 'a' <= letter && letter <= 'z' {
		return letter
	}
	return -1
}

// people are names that go together. They are never changed.
type people struct{ firsts, lasts []word }

var peoples = []people{
	{words("James Mary Robert Patricia John Jennifer Michael Linda David Elizabeth William Barbara Grace Alan Ada Mary_Jane Billy_Bob J._R."),
		words("Smith Johnson Williams Brown Jones Miller Davis Wilson Taylor Clark Lewis Walker O'Brien McDonald Smith-Jones St._John")},
	{words("Ana Luis Carmen Juan_Carlos José/jose Ana_María/anamaria Íñigo/inigo Sofía/sofia"),
		words("Garcia Martínez/martinez López/lopez Hernández/hernandez de_la_Cruz del_Río/delrio García_López/garcialopez Núñez_Peña/nunezpena")},
	{words("Anna Paul Jürgen/juergen Zoë/zoe Käthe/kaethe Hans-Peter Björn/bjoern Nils"),
		words("Müller/mueller Schmidt Weber Groß/gross von_Humboldt von_der_Heide Müller-Lüdenscheidt/muellerluedenscheidt Lindström/lindstroem")},
	{words("Claire Jean-Luc Hélène/helene François/francois Amélie/amelie"),
		words("Dubois Lefèvre/lefevre du_Pont de_Saint-Exupéry/desaintexupery Bernard")},
	{words("Мария/maria Иван/ivan Ольга/olga"), words("Иванова/ivanova Петров/petrov Кузнецова/kuznetsova")},
	{words("Wei Yuki Nguyễn/nguyen 伟/wei 花子/hanako"), words("Chen Tanaka Trần/tran 王/wang 山田/yamada")},
	{words("Ludwig Ayşe/ayse Łukasz/lukasz Siân/sian"), words("van_Beethoven Yılmaz/yilmaz Wałęsa/walesa van_den_Berg ten_Hoorn")},
}

// share says who is how frequent: indexes of peoples.
var share = []int{0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 4, 5, 6, 6}

// person is a true name.
type person struct{ first, last word }

func newPerson(dice *dice) person {
	group := peoples[pick(dice, share)]
	name := person{pick(dice, group.firsts), pick(dice, group.lasts)}
	if dice.percent(1) && !strings.Contains(name.first.text, " ") {
		name.last = word{} // as Cher
	}
	switch dice.below(16) {
	case 0:
		name.first.text, name.last.text = strings.ToUpper(name.first.text), strings.ToUpper(name.last.text)
	case 1:
		name.first.text, name.last.text = strings.ToLower(name.first.text), strings.ToLower(name.last.text)
	}
	return name
}

// compound reports whether nothing but a comma shows where the last name begins.
func (p person) compound() bool {
	return strings.HasPrefix(p.last.slug, "garcialopez") || strings.HasPrefix(p.last.slug, "nunezpena")
}

// written is the name as people write it.
func (p person) written(dice *dice) string {
	if p.last.text == "" {
		return p.first.text
	}
	first, last := p.first.text, p.last.text
	if p.compound() || dice.percent(12) {
		return last + pick(dice, []string{", ", ", ", ",", " , "}) + first
	}
	blank := " "
	if dice.percent(6) {
		blank = pick(dice, []string{"  ", "   ", "\t", "\u00a0"})
	}
	name := first + blank + last
	switch dice.below(20) {
	case 0, 1:
		return pick(dice, titles) + " " + name
	case 2:
		return name + pick(dice, suffixes)
	case 3:
		return " " + name + "  "
	}
	return name
}

var (
	titles   = []string{"Mr.", "Mrs.", "Ms", "Dr.", "dr", "Prof. Dr.", "Sir", "MR"}
	suffixes = []string{" Jr.", ", Jr.", " Sr.", " II", " III", ", PhD", ", M.D.", " jr"}
)
