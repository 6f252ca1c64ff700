package config

import (
	"fmt"
	"io"
	"net/url"
	"regexp"
	"strings"
	"text/tabwriter"
)

// Print writes every key's value, and where it comes from. Secrets are masked.
func (c *Configuration) Print(output io.Writer) error {
	table := tabwriter.NewWriter(output, 0, 0, 2, ' ', 0)
	bounds := limits()
	for _, field := range c.fields() {
		text := fmt.Sprint(field.target.Interface())
		if bounds[field.key].secret && text != "" {
			text = "********"
		}
		if field.key == "connection/url" {
			text = MaskURL(text)
		}
		if _, err := fmt.Fprintf(table, "%s\t%s\t%s\n", field.key, text, c.values[field.key].place); err != nil {
			return err
		}
	}
	return table.Flush()
}

// userInfo is what stands before the last @ of a URL that cannot be taken apart;
// secretParameter is a password among the settings of a connection string.
var (
	userInfo        = regexp.MustCompile(`://.*@`)
	secretParameter = regexp.MustCompile(`(?i)((?:ssl)?password\s*=\s*)('(?:[^'\\]|\\.)*'|[^\s&]*)`)
)

// MaskURL hides a password in a URL, or in PostgreSQL's host=… user=… password=….
func MaskURL(text string) string {
	text = secretParameter.ReplaceAllString(text, "${1}********")
	parsed, err := url.Parse(text)
	if err != nil {
		return userInfo.ReplaceAllString(text, "://********@")
	}
	if _, secret := parsed.User.Password(); secret {
		return strings.Replace(parsed.Redacted(), ":xxxxx@", ":********@", 1)
	}
	return text
}
