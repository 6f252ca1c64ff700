// Package runreport makes one HTML page of a run, from its history in Temporal: what was
// done when, how the site held it back, what failed, and who asked for what. The page
// needs no server, and loads nothing.
package runreport
