package siteguard

import (
	"fmt"
	"math"
	"time"
)

// Decision is how much a migration may have now.
type Decision struct {
	// Share is the part of the time, from 0 to 1, in which a set may be at work.
	Share float64 `json:"share"`
	// Reason is why it is less than 1.
	Reason string `json:"reason,omitempty"`
	// Site is what is known of others at the database: somebody, nobody or unknown.
	Site string `json:"site,omitempty"`
	// Beside: somebody is there, or has to be assumed to be: one set at a time.
	Beside bool `json:"beside,omitempty"`
	// SetLimit is how many rows a set may have; 0: as many as there is time for.
	SetLimit int `json:"set_limit,omitempty"`
	// Readings are what was looked at.
	Readings []Reading `json:"readings,omitempty"`
}

// Reading is one figure with its limit, as metrics have it: times in seconds.
type Reading struct {
	Name  string  `json:"name"`
	Value float64 `json:"value"`
	Limit float64 `json:"limit"`
}

// full is the share from which on nothing is said.
const full = 0.995

// Slowed reports whether something holds the migration back.
func (d Decision) Slowed() bool { return d.Share < full }

// Words say how the migration is held back, in a line; empty: it is not.
func (d Decision) Words() string {
	switch {
	case !d.Slowed():
		return ""
	case d.Share <= 0:
		return "Waiting: " + d.Reason
	}
	return fmt.Sprintf("Slowed to %d %%: %s", int(math.Round(100*d.Share)), d.Reason)
}

// Line says in any case how things are.
func (d Decision) Line() string {
	switch {
	case d.Slowed():
		return d.Words()
	case d.Site == siteNobody:
		return "Full speed: nobody else uses the database"
	case d.Beside:
		return "Full speed beside the site, one set at a time" + d.answer()
	}
	return "Full speed"
}

func (d Decision) answer() string {
	for _, reading := range d.Readings {
		if reading.Name == readingRead {
			return fmt.Sprintf(": the database answers in %s ms, limit %s", milliseconds(reading.Value), milliseconds(reading.Limit))
		}
	}
	return ""
}

// milliseconds are seconds as people read them: 3.1, 0.84, 120.
func milliseconds(seconds float64) string {
	value := 1000 * seconds
	switch {
	case value < 1:
		return fmt.Sprintf("%.2f", value)
	case value < 100:
		return fmt.Sprintf("%.1f", value)
	}
	return fmt.Sprintf("%.0f", value)
}

// What is known of others, in a word.
const (
	siteNobody   = "nobody"
	siteSomebody = "somebody"
	siteUnknown  = "unknown"
)

// Names of the readings that the guard takes by itself.
const (
	readingRead   = "read"
	readingCommit = "commit"
)

// Off is the decision of a guard that is switched off.
func Off() Decision { return Decision{Share: 1} }

// ask is one thing that wants the share to be no more than this.
type ask struct {
	share  float64
	reason string
}

const (
	// cautious is the share while nobody knows how the site fares.
	cautious = 0.3
	// stale is after how long without a word from the probe nothing is known.
	stale = 2 * time.Second
	// siteMemory is how long a site that was seen is taken to be there.
	siteMemory = 5 * time.Second
	// besideSet, slowSet and lockedSet are how many rows a set has beside a site, slowed
	// down by half and more, and where sessions wait for rows that we have locked.
	besideSet = 200
	slowSet   = 100
	lockedSet = 25
)

// percent is a share as signals leave it: 1 up to half of the limit, then less.
func percent(value, limit, least float64) float64 {
	if limit <= 0 {
		return 1
	}
	return min(max(2*(1-value/limit), least), 1)
}
