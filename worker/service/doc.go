// Package service is the worker: it builds the components, opens the database,
// and serves activities and workflows until it is told to stop.
package service
