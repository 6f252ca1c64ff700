// Package option takes what a client of Google's would be given.
package option

import "golang.org/x/oauth2"

// ClientOption has no effect: there is no client.
type ClientOption struct{}

func WithTokenSource(oauth2.TokenSource) ClientOption { return ClientOption{} }
