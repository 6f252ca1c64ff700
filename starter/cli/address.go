package cli

import (
	"net/url"
	"path/filepath"
	"slices"
	"strings"

	"db-migrate/database"
)

// leadsTo reports whether a connection's URL may lead to the worker's database. What
// cannot be compared from here (another spelling of an address, a relative path) may.
func leadsTo(address string, target database.Target) bool {
	if target.Driver == "sqlite" {
		return leadsToFile(address, target.Database)
	}
	parsed, err := url.Parse(address)
	if err != nil || parsed.Host == "" || target.Host == "" {
		return true
	}
	if name := strings.Trim(parsed.Path, "/"); name != "" && !strings.EqualFold(name, target.Database) {
		return false
	}
	there := hostsOf(target.Host)
	return slices.ContainsFunc(hostsOf(parsed.Host), func(here string) bool {
		return slices.ContainsFunc(there, func(one string) bool { return sameHost(here, one) })
	})
}

// leadsToFile compares paths, which may be relative to different folders.
func leadsToFile(address, there string) bool {
	here, _, _ := strings.Cut(strings.TrimPrefix(address, "file:"), "?")
	if !filepath.IsAbs(here) || !filepath.IsAbs(there) {
		return filepath.Base(here) == filepath.Base(there)
	}
	return resolved(here) == resolved(there)
}

func resolved(path string) string {
	if target, err := filepath.EvalSymlinks(path); err == nil {
		return target
	}
	return filepath.Clean(path)
}

func hostsOf(list string) []string { return strings.Split(strings.ToLower(list), ",") }

// sameHost compares hosts with their ports; one that does not say its port may have any.
func sameHost(one, other string) bool {
	name, port := splitHost(one)
	otherName, otherPort := splitHost(other)
	return name == otherName && (port == "" || otherPort == "" || port == otherPort)
}

func splitHost(host string) (name, port string) {
	name = host
	if at := strings.LastIndexByte(host, ':'); at >= 0 && !strings.HasSuffix(host, "]") && (strings.Count(host, ":") == 1 || host[at-1] == ']') {
		name, port = host[:at], host[at+1:]
	}
	name = strings.Trim(name, "[]")
	if name == "127.0.0.1" || name == "::1" {
		name = "localhost"
	}
	return name, port
}
