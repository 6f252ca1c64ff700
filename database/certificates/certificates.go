// Package certificates reads the certificate files that a URL names, for the
// drivers whose client libraries leave that to the program.
package certificates

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"os"
)

// Files are certificate files in PEM form, by the URL's parameters tls-ca (whom to
// trust; none: whom the system trusts), tls-cert and tls-key (what the client shows).
type Files struct {
	Authority, Certificate, Key string
}

// Any reports whether one is named.
func (f Files) Any() bool { return f != Files{} }

// Config is how to speak TLS with a server, which must show a certificate for its
// name. Errors name the parameter and the file.
func (f Files) Config(server string) (*tls.Config, error) {
	config := &tls.Config{ServerName: server, MinVersion: tls.VersionTLS12}
	if f.Authority != "" {
		text, err := os.ReadFile(f.Authority)
		if err != nil {
			return nil, fmt.Errorf("connection/url: tls-ca: %w", err)
		}
		config.RootCAs = x509.NewCertPool()
		if !config.RootCAs.AppendCertsFromPEM(text) {
			return nil, fmt.Errorf("connection/url: tls-ca: %s holds no certificate in PEM form", f.Authority)
		}
	}
	if (f.Certificate == "") != (f.Key == "") {
		return nil, fmt.Errorf("connection/url: tls-cert and tls-key belong together: the client's certificate and its key")
	}
	if f.Certificate != "" {
		own, err := tls.LoadX509KeyPair(f.Certificate, f.Key)
		if err != nil {
			return nil, fmt.Errorf("connection/url: tls-cert and tls-key: %w", err)
		}
		config.Certificates = []tls.Certificate{own}
	}
	return config, nil
}
