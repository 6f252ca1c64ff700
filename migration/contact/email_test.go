package contact_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"db-migrate/migration/contact"
)

func TestNormalizeEmail(t *testing.T) {
	for raw, want := range map[string]string{
		"ada@example.com":            "ada@example.com",
		"  Ada@Example.COM\n":        "ada@example.com",
		"Ada.King+Shop@example.com":  "ada.king+shop@example.com",
		"o'brien_7@mail.example.org": "o'brien_7@mail.example.org",
		"ada@BÜCHER.example":         "ada@xn--bcher-kva.example",
		"ada@xn--bcher-kva.example":  "ada@xn--bcher-kva.example",
		"ada@XN--BCHER-KVA.example":  "ada@xn--bcher-kva.example",
		"ada@почта.example":          "ada@xn--80a1acny.example",
		"ada@bücher。example":         "ada@xn--bcher-kva.example",
		"ÖZLEM@example.com":          "özlem@example.com",
	} {
		t.Run(raw, func(t *testing.T) {
			got, err := contact.NormalizeEmail(raw)
			require.NoError(t, err)
			assert.Equal(t, want, got)
			again, err := contact.NormalizeEmail(got)
			require.NoError(t, err)
			assert.Equal(t, want, again, "normalising twice")
		})
	}
}

func TestNormalizeEmailRefuses(t *testing.T) {
	for raw, want := range map[string]string{
		"":                          `email "" is empty`,
		"   ":                       `email "   " is empty`,
		"ada.example.com":           `email "ada.example.com" has no @`,
		"@example.com":              `email "@example.com" has nothing before the @`,
		"ada@":                      `email "ada@" has no domain with a dot behind the @`,
		"ada@localhost":             `email "ada@localhost" has no domain with a dot behind the @`,
		"ada@example..com":          `email "ada@example..com" has a dot at a wrong place behind the @`,
		"ada@example.com.":          `email "ada@example.com." has a dot at a wrong place behind the @`,
		"ada@-example.com":          `email "ada@-example.com" has a hyphen at a wrong place behind the @`,
		"ada@exa mple.com":          `email "ada@exa mple.com" has ' ' behind the @`,
		"ada@[127.0.0.1]":           `email "ada@[127.0.0.1]" has '[' behind the @`,
		"a@b@example.com":           `email "a@b@example.com" has '@' before the @`,
		"ada lovelace@example.com":  `email "ada lovelace@example.com" has ' ' before the @`,
		".ada@example.com":          `email ".ada@example.com" has a dot at a wrong place before the @`,
		"a..da@example.com":         `email "a..da@example.com" has a dot at a wrong place before the @`,
		"Ada <ada@example.com>":     `email "Ada <ada@example.com>" has ' ' before the @`,
		"ada@example.com, b@c.org":  `email "ada@example.com, b@c.org" has '@' before the @`,
		"ada\x00@example.com":       `email "ada\x00@example.com" has '\x00' before the @`,
		"ada@example.com\xff":       `email "ada@example.com\xff" is not valid UTF-8`,
		"ada\u00a0king@example.com": `email "ada\u00a0king@example.com" has '\u00a0' before the @`,
	} {
		_, err := contact.NormalizeEmail(raw)
		assert.EqualError(t, err, want)
	}
}

func TestNormalizeEmailHoldsTheLimits(t *testing.T) {
	for raw, want := range map[string]string{
		strings.Repeat("a", 65) + "@example.com":        "more than 64 bytes",
		"a@" + strings.Repeat("b", 64) + ".example":     "more than 63 bytes",
		"a@" + strings.Repeat("bbbbbbbbb.", 26) + "org": "longer than 254 bytes",
		strings.Repeat("long", 50) + "@example.com":     "… (212 bytes)",
		"a@xn--" + strings.Repeat("0", 40) + ".example": "punycode",
		"a@" + strings.Repeat("üa", 50) + ".example":    "more than 63 bytes",
	} {
		_, err := contact.NormalizeEmail(raw)
		assert.ErrorContains(t, err, want)
	}
}
