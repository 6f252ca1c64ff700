// Package codec encrypts what travels through Temporal and is kept there: inputs,
// results, heartbeats, errors, summaries. The worker and the starter have the same file
// of keys; Temporal has none of them.
package codec
