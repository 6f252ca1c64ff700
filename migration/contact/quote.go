package contact

import "fmt"

// longestQuote bounds, in bytes, how much of a value an error repeats.
const longestQuote = 80

// quote shows a value in an error, cut where it is absurdly long.
func quote(value string) string {
	if len(value) <= longestQuote {
		return fmt.Sprintf("%q", value)
	}
	return fmt.Sprintf("%q… (%d bytes)", value[:longestQuote], len(value))
}
