package mysql

import (
	"errors"
	"net"
	"net/url"
	"regexp"
	"strings"

	mysql "github.com/go-sql-driver/mysql"

	"db-migrate/database"
	"db-migrate/database/certificates"
	"db-migrate/database/driverkit"
)

const urlForm = "connection/url: it must be mysql://user@host:port/database?tls=…&time-zone=…"

// utc is the time zone of our sessions, unless the URL names another.
const utc = "+00:00"

// zoneForm is what a time zone's name or distance may be made of: it stands in SQL.
var zoneForm = regexp.MustCompile(`^[A-Za-z0-9_/+:-]+$`)

// readBeyond is how much longer than a statement may take the client waits for
// its answer, before it takes the connection for lost.
const readBeyond = 2

// configure reads the URL. What it refuses is told without the URL, which may
// hold a password.
func configure(options database.Options) (*mysql.Config, error) {
	parsed, err := url.Parse(options.URL)
	if err != nil || (parsed.Scheme != "mysql" && parsed.Scheme != "mariadb") || parsed.Host == "" || strings.Trim(parsed.Path, "/") == "" {
		return nil, driverkit.Broken("%s", urlForm)
	}
	config := mysql.NewConfig()
	config.Net, config.Addr, config.DBName = "tcp", address(parsed), strings.Trim(parsed.Path, "/")
	config.User = parsed.User.Username()
	config.Passwd, _ = parsed.User.Password()
	if options.Password != "" {
		config.Passwd = options.Password
	}
	config.Timeout = options.ConnectTimeout
	if options.StatementTimeout > 0 {
		config.ReadTimeout = readBeyond * options.StatementTimeout
	}
	config.ClientFoundRows, config.InterpolateParams = true, true
	config.MaxAllowedPacket = 0 // as the server says
	config.ConnectionAttributes = "program_name:db-migrate"
	config.Logger = &mysql.NopLogger{} // what matters comes back as an error
	return config, errors.Join(chooseZone(config, parsed), encrypt(config, parsed))
}

// timeZone is the name of the variable that each session sets.
const timeZone = "time_zone"

// chooseZone makes every session run in the URL's time zone.
func chooseZone(config *mysql.Config, parsed *url.URL) error {
	zone := parsed.Query().Get("time-zone")
	switch {
	case zone == "" || strings.EqualFold(zone, "UTC"):
		zone = utc
	case zone[0] == ' ':
		zone = "+" + zone[1:] // a plus sign means a blank in a URL
	}
	if !zoneForm.MatchString(zone) {
		return driverkit.Broken("connection/url: time-zone is %q; write a name such as Europe/Berlin, or a distance such as %%2B02:00", zone)
	}
	config.Params = map[string]string{timeZone: "'" + zone + "'"}
	return nil
}

func address(parsed *url.URL) string {
	port := parsed.Port()
	if port == "" {
		port = "3306"
	}
	return net.JoinHostPort(parsed.Hostname(), port)
}

// encrypt reads the URL's parameters: tls is true, false, preferred or
// skip-verify; tls-ca, tls-cert and tls-key are files with certificates.
func encrypt(config *mysql.Config, parsed *url.URL) error {
	var files certificates.Files
	for name, values := range parsed.Query() {
		value := values[len(values)-1]
		switch name {
		case "tls":
			if !strings.Contains(" true false preferred skip-verify ", " "+value+" ") {
				return driverkit.Broken("connection/url: tls is %q; it must be true, false, preferred or skip-verify", value)
			}
			config.TLSConfig = value
		case "tls-ca":
			files.Authority = value
		case "tls-cert":
			files.Certificate = value
		case "tls-key":
			files.Key = value
		case "time-zone": // chooseZone
		default:
			return driverkit.Broken("connection/url: there is no parameter %q; there are time-zone, tls, tls-ca, tls-cert and tls-key", name)
		}
	}
	if !files.Any() {
		return nil
	}
	if config.TLSConfig != "" && config.TLSConfig != "true" {
		return driverkit.Broken("connection/url: tls=%s does not look at certificates; leave tls-ca, tls-cert and tls-key out, or say tls=true", config.TLSConfig)
	}
	config.TLSConfig = ""
	var err error
	if config.TLS, err = files.Config(parsed.Hostname()); err != nil {
		return driverkit.Broken("%w", err)
	}
	return nil
}
