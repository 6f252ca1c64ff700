package wild

import (
	"strconv"
	"strings"
)

// domain is a domain as written, and in its normal form.
type domain struct{ written, normal string }

var domains = []domain{
	{"example.com", "example.com"}, {"example.org", "example.org"}, {"example.net", "example.net"},
	{"mail.example.com", "mail.example.com"}, {"post.example.org", "post.example.org"},
}

var unicodeDomains = []domain{
	{"bücher.example", "xn--bcher-kva.example"}, {"BÜCHER.example", "xn--bcher-kva.example"},
	{"почта.example", "xn--80a1acny.example"}, {"例え.example", "xn--r8jz45g.example"},
}

// newEmail makes an e-mail address, as written and in its normal form. The
// index in it makes it the customer's own.
func newEmail(dice *dice, owner person, index int) (written, normal string) {
	local := owner.first.slug + pick(dice, []string{".", "_", "", "-"}) + owner.last.slug
	local = strings.TrimRight(local, "._-") + strconv.Itoa(index+1)
	if dice.percent(6) {
		local += pick(dice, []string{"+shop", "+news", "+spam"})
	}
	host := pick(dice, domains)
	if dice.percent(3) {
		host = pick(dice, unicodeDomains)
	}
	normal = local + "@" + host.normal
	switch dice.below(20) {
	case 0, 1:
		return strings.ToUpper(local) + "@" + strings.ToUpper(host.written), normal
	case 2, 3:
		return strings.ToUpper(local[:1]) + local[1:] + "@" + host.written, normal
	case 4:
		return pick(dice, []string{" ", "  ", "\t", ""}) + local + "@" + host.written + pick(dice, []string{" ", "\n", "  "}), normal
	}
	return local + "@" + host.written, normal
}
