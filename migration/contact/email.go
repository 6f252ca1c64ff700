package contact

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/idna"
)

// The limits, in bytes, of RFC 5321 (local part, whole address) and RFC 1035.
const (
	longestLocal   = 64
	longestAddress = 254
	longestLabel   = 63
)

// NormalizeEmail brings an e-mail address into a form that can be compared:
// surrounding blanks are dropped, both parts are in lower case, a domain with
// letters beyond ASCII becomes punycode. Tags («anna+shop@example.com») stay.
//
// An address needs a local part, an @ and a domain with a dot. Quoted local
// parts and addresses by IP number are refused.
func NormalizeEmail(raw string) (string, error) {
	trimmed := strings.TrimSpace(raw)
	at := strings.LastIndexByte(trimmed, '@')
	if problem := addressProblem(trimmed, at); problem != "" {
		return "", fmt.Errorf("email %s %s", quote(raw), problem)
	}
	address := strings.ToLower(trimmed)
	at = strings.LastIndexByte(address, '@') // lower case may be longer
	domain, err := asciiDomain(address[at+1:])
	if err != nil {
		return "", fmt.Errorf("email %s has a domain that cannot be written in punycode: %w", quote(raw), err)
	}
	if problem := domainProblem(domain); problem != "" {
		return "", fmt.Errorf("email %s %s", quote(raw), problem)
	}
	if domain == address[at+1:] {
		return address, nil
	}
	return address[:at+1] + domain, nil
}

// addressProblem says what is wrong with an address whose last @ stands there;
// its domain is looked at later.
func addressProblem(address string, at int) string {
	switch {
	case address == "":
		return "is empty"
	case !utf8.ValidString(address):
		return "is not valid UTF-8"
	case at < 0:
		return "has no @"
	case len(address) > longestAddress:
		return "is longer than 254 bytes"
	}
	return localProblem(address[:at])
}

// asciiDomain gives a domain in lower case its ASCII form.
func asciiDomain(domain string) (string, error) {
	if isASCII(domain) && !strings.Contains(domain, "xn--") {
		return domain, nil
	}
	return idna.Lookup.ToASCII(domain)
}

func localProblem(local string) string {
	switch {
	case local == "":
		return "has nothing before the @"
	case len(local) > longestLocal:
		return "has more than 64 bytes before the @"
	case local[0] == '.' || local[len(local)-1] == '.' || strings.Contains(local, ".."):
		return "has a dot at a wrong place before the @"
	}
	for _, letter := range local {
		if !isLocalLetter(letter) {
			return fmt.Sprintf("has %q before the @", letter)
		}
	}
	return ""
}

// isLocalLetter tells what may stand before the @: the dot and the atext of
// RFC 5322, and letters beyond ASCII by RFC 6532.
func isLocalLetter(letter rune) bool {
	if letter >= utf8.RuneSelf {
		return unicode.IsGraphic(letter) && !unicode.IsSpace(letter)
	}
	return isAlphanumeric(letter) || strings.ContainsRune(".!#$%&'*+-/=?^_`{|}~", letter)
}

func isAlphanumeric(letter rune) bool {
	return 'a' <= letter && letter <= 'z' || 'A' <= letter && letter <= 'Z' || '0' <= letter && letter <= '9'
}

func domainProblem(domain string) string {
	if !strings.Contains(domain, ".") {
		return "has no domain with a dot behind the @"
	}
	for label := range strings.SplitSeq(domain, ".") {
		if problem := labelProblem(label); problem != "" {
			return problem
		}
	}
	return ""
}

func labelProblem(label string) string {
	switch {
	case label == "":
		return "has a dot at a wrong place behind the @"
	case len(label) > longestLabel:
		return "has more than 63 bytes between two dots of its domain"
	case label[0] == '-' || label[len(label)-1] == '-':
		return "has a hyphen at a wrong place behind the @"
	}
	for _, letter := range label {
		if letter != '-' && !isAlphanumeric(letter) {
			return fmt.Sprintf("has %q behind the @", letter)
		}
	}
	return ""
}

func isASCII(text string) bool {
	for i := range len(text) {
		if text[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}
