package siteguard

import (
	"fmt"
	"slices"
	"time"

	"db-migrate/database"
)

// judge makes a decision of what was seen and when. It has no clock of its own, and is
// used by one goroutine.
type judge struct {
	settings Settings
	// probing: the database has a probe, so that silence is a bad sign.
	probing bool
	began   time.Time

	read, commit pulse
	pace         pace
	// failed is why the last probe has no answer; nil: it has one. heard is when it was.
	failed error
	heard  time.Time

	signs database.SiteSigns
	// looked is when the signs were seen, and unseen why they were not the last time.
	looked time.Time
	unseen error
	// told: the database tells who is there. seen is when somebody was last.
	told bool
	seen time.Time
	// holding is what the user's query answered; empty: go on.
	holding ask
}

func newJudge(settings Settings, probing bool, now time.Time) *judge {
	return &judge{settings: settings, probing: probing, began: now, pace: pace{share: 1}}
}

// probed notes what a probe felt. One that ran into its time has taken that long.
func (j *judge) probed(now time.Time, into *pulse, took time.Duration, failed error) {
	j.heard, j.failed = now, failed
	limits := limitsOf(j.settings, j.told)
	if failed == nil || took > time.Duration(outlier*into.limit(now, limits)*float64(time.Second)) {
		into.observe(now, took, limits)
	}
	j.pace.step(now, max(j.read.load(now, limits), j.commit.load(now, limits)), j.alone(now))
}

// saw notes what a look has found.
func (j *judge) saw(now time.Time, signs database.SiteSigns, failed error) {
	j.unseen = failed
	if failed != nil {
		return
	}
	j.signs, j.looked = signs, now
	j.told = signs.Presence != database.PresenceUnknown
	if signs.Presence == database.Somebody {
		j.seen = now
	}
}

// answered notes what the user's query has said.
func (j *judge) answered(text string, found bool, failed error) {
	switch {
	case failed != nil:
		j.holding = ask{cautious, fmt.Sprintf("%s cannot be asked: %v", KeyQuery, failed)}
	case !found || slices.Contains([]string{"true", "t", "1"}, text):
		j.holding = ask{share: 1}
	case slices.Contains([]string{"false", "f", "0", ""}, text):
		j.holding = ask{0, KeyQuery + " does not answer true"}
	default:
		j.holding = ask{0, text}
	}
}

// alone reports whether it is certain that nobody else uses the database.
func (j *judge) alone(now time.Time) bool {
	return j.told && now.Sub(j.looked) < stale && (j.seen.IsZero() || now.Sub(j.seen) >= siteMemory)
}

// decide is the decision at that time.
func (j *judge) decide(now time.Time) Decision {
	if j.settings.Off {
		return Off()
	}
	decision := Decision{Share: 1, Site: j.site(now), Readings: j.readings(now)}
	for _, one := range j.asks(now) {
		if one.share < decision.Share {
			decision.Share, decision.Reason = one.share, one.reason
		}
	}
	decision.Beside = j.probing && !j.alone(now)
	decision.SetLimit = j.setLimit(now, decision)
	return decision
}

func (j *judge) site(now time.Time) string {
	switch {
	case !j.probing || !j.told:
		return siteUnknown
	case j.alone(now):
		return siteNobody
	}
	return siteSomebody
}

// asks are all that want less than everything.
func (j *judge) asks(now time.Time) []ask {
	var asks []ask
	if !j.settings.Window.Open(now) {
		asks = append(asks, ask{0, j.settings.Window.waiting(now)})
	}
	if j.settings.Query != "" && j.holding.reason != "" {
		asks = append(asks, j.holding)
	}
	if !j.probing {
		return asks
	}
	for _, signal := range j.fresh(now) {
		signal = j.limited(signal)
		asks = append(asks, ask{percent(signal.Value, signal.Limit, signal.Least), reasonOf(signal)})
	}
	asks = append(asks, j.caution(now))
	if !j.alone(now) {
		asks = append(asks, ask{j.pace.share, j.latencyReason(now)})
	}
	return asks
}

// fresh are the signals of the last look, as long as it says anything.
func (j *judge) fresh(now time.Time) []database.Signal {
	if j.looked.IsZero() || now.Sub(j.looked) > siteMemory {
		return nil
	}
	return j.signs.Signals
}

// limited is a signal with the configuration's limit, if it is that signal's.
func (j *judge) limited(signal database.Signal) database.Signal {
	if signal.Name == database.SignalReplicaLag {
		signal.Limit, signal.LimitWords = j.settings.ReplicaLag.Seconds(), j.settings.ReplicaLag.String()
	}
	return signal
}

func reasonOf(signal database.Signal) string {
	if signal.LimitWords == "" {
		return signal.Words
	}
	return signal.Words + ", limit " + signal.LimitWords
}

// caution is for a probe that says nothing: some work goes on, since it may be the probe
// alone that is broken.
func (j *judge) caution(now time.Time) ask {
	last := j.began
	if !j.heard.IsZero() {
		last = j.heard
	}
	switch {
	case now.Sub(last) > stale:
		return ask{cautious, fmt.Sprintf("the database has not answered a probe for %s", span(now.Sub(last)))}
	case j.failed != nil:
		return ask{cautious, fmt.Sprintf("how quickly the database answers is not known: %v", j.failed)}
	case j.unseen != nil && now.Sub(j.looked) > siteMemory:
		return ask{cautious, fmt.Sprintf("what the database does is not known: %v", j.unseen)}
	}
	return ask{share: 1}
}

// latencyReason names the probe that is over its limit, or was when the pace fell.
func (j *judge) latencyReason(now time.Time) string {
	limits := limitsOf(j.settings, j.told)
	verb, slow := "answers", &j.read
	if j.commit.load(now, limits) > j.read.load(now, limits) {
		verb, slow = "commits", &j.commit
	}
	felt, limit := milliseconds(slow.felt), milliseconds(slow.limit(now, limits))
	switch {
	case limits.fixed > 0 && slow.base(now) >= limits.fixed:
		return fmt.Sprintf("the database %s in %s ms, and never in less than %s, limit %s; no pace of the migration's can reach that limit",
			verb, felt, milliseconds(slow.base(now).Seconds()), limit)
	case slow.load(now, limits) < 1:
		return fmt.Sprintf("the database %s in %s ms again, limit %s; it speeds up", verb, felt, limit)
	}
	return fmt.Sprintf("the database %s in %s ms, limit %s", verb, felt, limit)
}

// setLimit is how many rows a set may have.
func (j *judge) setLimit(now time.Time, decision Decision) int {
	waits := func(signal database.Signal) bool { return signal.Name == database.SignalLockWaits && signal.Value > 0 }
	switch {
	case slices.ContainsFunc(j.fresh(now), waits):
		return lockedSet
	case decision.Share < 0.5:
		return slowSet
	case decision.Beside || decision.Slowed():
		return besideSet
	}
	return 0
}

// readings are the figures with their limits.
func (j *judge) readings(now time.Time) []Reading {
	if !j.probing {
		return nil
	}
	var found []Reading
	limits := limitsOf(j.settings, j.told)
	for _, one := range []struct {
		name  string
		pulse *pulse
	}{{readingRead, &j.read}, {readingCommit, &j.commit}} {
		if one.pulse.known() {
			found = append(found, Reading{one.name, one.pulse.felt, one.pulse.limit(now, limits)})
		}
	}
	for _, signal := range j.fresh(now) {
		signal = j.limited(signal)
		found = append(found, Reading{signal.Name, signal.Value, signal.Limit})
	}
	return found
}
