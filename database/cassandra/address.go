package cassandra

import (
	"net/url"
	"strings"
	"time"

	gocql "github.com/apache/cassandra-gocql-driver/v2"

	"db-migrate/database/certificates"
	"db-migrate/database/driverkit"
)

const (
	addressForm = "connection/url: it must be cassandra://user@host:port,host:port/keyspace?consistency=…"
	defaultPort = 9042
	// defaultClockSkew is how far the clocks of the site's clients may be apart
	// from ours. A write of ours is dated so far back.
	defaultClockSkew = 100 * time.Millisecond
)

// address is what a URL says.
type address struct {
	hosts          []string
	user, password string
	keyspace       string
	datacenter     string
	consistency    gocql.Consistency
	tls            bool
	files          certificates.Files
	// compare: each write is a lightweight transaction that compares the row.
	compare   bool
	clockSkew time.Duration
}

func (a address) encrypted() bool { return a.tls || a.files.Any() }

// parseAddress reads a URL. What it refuses is told without the URL, which may
// hold a password.
func parseAddress(text string) (address, error) {
	found := address{consistency: gocql.LocalQuorum, clockSkew: defaultClockSkew}
	rest, isCassandra := strings.CutPrefix(text, "cassandra://")
	authority, path, _ := strings.Cut(rest, "/")
	at := strings.LastIndex(authority, "@") + 1
	// several hosts with ports are no valid URL: one stands in for them
	parsed, err := url.Parse("cassandra://" + authority[:at] + "hosts/" + path)
	if !isCassandra || err != nil || authority[at:] == "" || strings.Trim(parsed.Path, "/") == "" {
		return found, driverkit.Broken("%s", addressForm)
	}
	found.hosts, found.keyspace = strings.Split(authority[at:], ","), strings.Trim(parsed.Path, "/")
	found.user = parsed.User.Username()
	found.password, _ = parsed.User.Password()
	for _, host := range found.hosts {
		if strings.Contains(host, ":") {
			if port, err := portOf(host); err != nil || port <= 0 {
				return found, driverkit.Broken("connection/url: host %q; it must be host or host:port", host)
			}
		}
	}
	for name, values := range parsed.Query() {
		if err := found.set(name, values[len(values)-1]); err != nil {
			return found, err
		}
	}
	if parsed.Query().Get("tls") == "false" && found.files.Any() {
		return found, driverkit.Broken("connection/url: tls=false looks at no certificates; leave tls-ca, tls-cert and tls-key out, or say tls=true")
	}
	return found, nil
}

func (a *address) set(name, value string) (err error) {
	switch name {
	case "consistency":
		if err := a.consistency.UnmarshalText([]byte(strings.ToUpper(value))); err != nil {
			return driverkit.Broken("connection/url: consistency is %q; it must be LOCAL_QUORUM, QUORUM, LOCAL_ONE, ONE, TWO, THREE, EACH_QUORUM or ALL", value)
		}
	case "datacenter":
		a.datacenter = value
	case "tls":
		a.tls, err = truth(name, value, "true or false")
	case "tls-ca":
		a.files.Authority = value
	case "tls-cert":
		a.files.Certificate = value
	case "tls-key":
		a.files.Key = value
	case "compare":
		a.compare, err = truth(name, value, "true (each write a lightweight transaction) or false")
	case "clock-skew":
		if a.clockSkew, err = time.ParseDuration(value); err != nil || a.clockSkew < 0 || a.clockSkew > time.Minute {
			return driverkit.Broken("connection/url: clock-skew is %q; it must be a duration up to 1m, such as 100ms", value)
		}
	default:
		return driverkit.Broken("connection/url: there is no parameter %q; there are consistency, datacenter, tls, tls-ca, tls-cert, tls-key, compare and clock-skew", name)
	}
	return err
}

func truth(name, value, valid string) (bool, error) {
	if value != "true" && value != "false" {
		return false, driverkit.Broken("connection/url: %s is %q; it must be %s", name, value, valid)
	}
	return value == "true", nil
}
