package config

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"db-migrate/internal/noun"
)

// limit is what a key's value may be.
type limit struct {
	least, most float64
	// shortest and longest bound a duration.
	shortest, longest time.Duration
	choices           []string
	// refused is why any value but the empty one is refused.
	refused string
	secret  bool
	// needed: the empty text is no value of the key. emptyArgument: on the command
	// line the empty text may be given, since it does no harm if it is not meant.
	needed, emptyArgument bool
	// whole: a # may be part of the text, so that a comment behind it is refused.
	whole bool
	// sql: the text is SQL, in which true and false are words like others.
	sql bool
	// address: the text may hold a password, which is not shown.
	address bool
	// noun: the text is what a row is called.
	noun bool
	// form says what a value is, where numbers, spans and choices don't.
	form string
}

func (l limit) checkText(text string) error {
	if l.refused != "" && text != "" {
		return fmt.Errorf("%s", l.refused)
	}
	if l.needed && text == "" {
		return errors.New("it is empty; write a value, or leave the key out")
	}
	if len(l.choices) > 0 && !slices.Contains(l.choices, text) {
		return fmt.Errorf("%q must be %s", Mask(text), strings.Join(l.choices, " or "))
	}
	if err := noun.Check(text); l.noun && err != nil {
		return fmt.Errorf("%q %w", Mask(text), err)
	}
	return nil
}

func (l limit) checkNumber(number float64) error {
	if l.most > 0 && (number < l.least || number > l.most) {
		return fmt.Errorf("%s is out of range; it must be from %s to %s", plain(number), plain(l.least), plain(l.most))
	}
	return nil
}

// valid says what a value may be.
func (l limit) valid() string {
	switch {
	case l.form != "":
		return l.form
	case len(l.choices) > 0:
		return strings.Join(l.choices, " or ")
	case l.longest > 0:
		return fmt.Sprintf("a time span from %s to %s", short(l.shortest), short(l.longest))
	}
	return fmt.Sprintf("a number from %s to %s", plain(l.least), plain(l.most))
}

// short is a time span without the units of which it has none: 5m for 5m0s.
func short(span time.Duration) string {
	text := span.String()
	if strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}
	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	return text
}

func plain(number float64) string {
	return strings.TrimSuffix(strings.TrimRight(fmt.Sprintf("%.3f", number), "0"), ".")
}

func (l limit) checkDuration(span time.Duration) error {
	if l.longest > 0 && (span < l.shortest || span > l.longest) {
		return fmt.Errorf("%s is out of range; it must be from %s to %s", span, short(l.shortest), short(l.longest))
	}
	return nil
}
