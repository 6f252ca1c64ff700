package commandline

import (
	"fmt"
	"net"
	"strings"
)

// CheckAddress refuses an address of Temporal's that has no port: dialling it would end in
// an error that does not say so. An address with a scheme (dns:///…) is gRPC's own affair.
func CheckAddress(address string) error {
	if strings.Contains(address, "//") {
		return nil
	}
	if _, port, err := net.SplitHostPort(address); err != nil || port == "" {
		return fmt.Errorf("temporal's address (TEMPORAL_ADDRESS, or temporal.toml) is %q; it must be host:port, such as localhost:7233", address)
	}
	return nil
}
