// Package testserver starts database servers of a test's own, by the scripts in
// scripts/services, and makes the certificates that they show.
package testserver
