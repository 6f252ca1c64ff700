package config

import (
	"regexp"
	"strings"
)

// hidden stands instead of a password.
const hidden = "********"

// secretName is a setting whose value is a password, or leads to one.
const secretName = `(?i)((?:(?:ssl)?pass(?:word|wd|phrase|file)?|pwd|secret|token)\s*=\s*)`

var (
	// In a URL's parameters a value ends at &, among PostgreSQL's keywords at a space
	// that is not escaped, and in quotes where they end, or nowhere.
	secretParameter = regexp.MustCompile(secretName + `[^\s&]*`)
	secretKeyword   = regexp.MustCompile(secretName + `(?:'(?:[^'\\]|\\.)*'?|(?:\\.|[^\s\\])*)`)
	// bareUser is user:password@ without a scheme, as before tcp(host) in MySQL's form.
	bareUser = regexp.MustCompile(`^([^:/@\s=]*):.*@`)
)

// Mask hides the passwords in a database's address, in all its forms: a URL, the
// user:password@tcp(host)/database of MySQL's drivers, PostgreSQL's host=… password=….
// It hides too much rather than too little where an address is malformed.
func Mask(address string) string {
	scheme, rest, isURL := strings.Cut(address, "://")
	switch {
	case isURL:
		return scheme + "://" + secretParameter.ReplaceAllString(maskUser(rest), "${1}"+hidden)
	case bareUser.MatchString(address):
		return secretParameter.ReplaceAllString(bareUser.ReplaceAllString(address, "${1}:"+hidden+"@"), "${1}"+hidden)
	case strings.Contains(address, "?"):
		return secretParameter.ReplaceAllString(address, "${1}"+hidden)
	}
	return secretKeyword.ReplaceAllString(address, "${1}"+hidden)
}

// maskUser hides the password before the last @: one that is not encoded may have
// any of / ? # @ in it.
func maskUser(rest string) string {
	end := strings.LastIndex(rest, "@")
	if end < 0 {
		return rest
	}
	user, _, hasPassword := strings.Cut(rest[:end], ":")
	switch {
	case strings.ContainsAny(user, "/?#"):
		return hidden + rest[end:]
	case hasPassword:
		return user + ":" + hidden + rest[end:]
	}
	return rest
}

// leastSecret is how long a password must be to be looked for in a text: to replace a
// shorter one would garble the text, and so give it away.
const leastSecret = 8

// Hide masks the connection's address and password wherever they stand in a text, such
// as an error that repeats the name of a file.
func (c *Configuration) Hide(text string) string {
	if address := c.Connection.URL; address != "" && Mask(address) != address {
		text = strings.ReplaceAll(text, address, Mask(address))
	}
	if secret, err := c.Connection.Secret(); err == nil && len(secret) >= leastSecret {
		text = strings.ReplaceAll(text, secret, hidden)
	}
	return text
}
