package workflows

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"db-migrate/activities"
	"db-migrate/siteguard"
)

// UpdateSet is the overseer's update that changes settings of a running migration.
const UpdateSet = "set"

// SetRequest sets configuration keys, as texts, from now on. What is in hand ends as it
// is, but for the site-guard's keys: these hold within seconds.
type SetRequest struct {
	Values map[string]string `json:"values"`
}

// Keys that may be set while a migration runs, beside the site-guard's.
const (
	keyProcesses  = "customer-migration/processes"
	keyBatchTime  = "customer-migration/batch-time"
	keyRate       = "customer-migration/rate"
	keySetsAtOnce = "customer-migrator/sets-at-once"
)

// SettableKeys are all keys that may be set while a migration runs.
func SettableKeys() []string {
	return append(siteguard.Keys(), keyProcesses, keyBatchTime, keyRate, keySetsAtOnce)
}

// mostProcesses is how many processes a run may have.
const mostProcesses = 1000

// Check returns what is wrong with the values, each by its key; nil: nothing is.
func (r SetRequest) Check() error {
	if len(r.Values) == 0 {
		return errors.New("there is nothing to set; there are " + strings.Join(SettableKeys(), ", "))
	}
	var limits Limits
	problems := []error{}
	for _, key := range workflow.DeterministicKeys(r.Values) {
		if !slices.Contains(SettableKeys(), key) {
			problems = append(problems, fmt.Errorf("%s cannot be changed while a migration runs; there are %s", key, strings.Join(SettableKeys(), ", ")))
		} else if err := limits.set(key, r.Values[key]); err != nil {
			problems = append(problems, fmt.Errorf("%s: %w", key, err))
		}
	}
	_, err := siteguard.Parse(wishesIn(r.Values))
	return errors.Join(append(problems, err)...)
}

// wishesIn are those of the site-guard's.
func wishesIn(values map[string]string) map[string]string {
	wishes := map[string]string{}
	for _, key := range siteguard.Keys() {
		if text, found := values[key]; found {
			wishes[key] = text
		}
	}
	return wishes
}

// set sets one of the limits by its key; keys of others are left alone.
func (l *Limits) set(key, text string) (err error) {
	switch key {
	case keyProcesses:
		l.Processes, err = wholeNumber(text, 1, mostProcesses)
	case keySetsAtOnce:
		l.SetsAtOnce = 0
		if text != "auto" {
			l.SetsAtOnce, err = wholeNumber(text, 1, mostProcesses)
		}
	case keyBatchTime:
		l.BatchTime, err = time.ParseDuration(text)
		if err != nil || l.BatchTime < 100*time.Millisecond || l.BatchTime > 5*time.Minute {
			return fmt.Errorf("%q must be a time span from 100ms to 5m", text)
		}
	case keyRate:
		l.Rate, err = strconv.ParseFloat(text, 64)
		if err != nil || !(RateRequest{Rate: l.Rate}).Valid() {
			return fmt.Errorf("%q must be a number of rows a second, or 0 for no limit", text)
		}
	}
	return err
}

func wholeNumber(text string, least, most int) (int, error) {
	number, err := strconv.Atoi(text)
	if err != nil || number < least || number > most {
		return 0, fmt.Errorf("%q must be a whole number from %d to %d", text, least, most)
	}
	return number, nil
}

func (o *overseer) validateSet(request SetRequest) error {
	if err := request.Check(); err != nil {
		return temporal.NewApplicationError(err.Error(), "Set")
	}
	return o.ending.refuse()
}

// onSet changes what is asked for. It is carried over a continue-as-new.
func (o *overseer) onSet(ctx workflow.Context, request SetRequest) (Status, error) {
	if o.state.Set == nil {
		o.state.Set = map[string]string{}
	}
	for _, key := range workflow.DeterministicKeys(request.Values) {
		o.state.Set[key] = request.Values[key]
	}
	o.adopt()
	if text, found := request.Values[keyRate]; found {
		delete(o.state.Set, keyRate) // the pace knows it, whoever changes it
		var limits Limits
		if limits.set(keyRate, text) == nil {
			o.changeRate(ctx, limits.Rate)
		}
	}
	o.limits.Rate = o.state.Pace.Rate
	o.hire()
	o.describe()
	return o.status(), nil
}

// adopt makes what was set part of the limits.
func (o *overseer) adopt() {
	for _, key := range workflow.DeterministicKeys(o.state.Set) {
		_ = o.limits.set(key, o.state.Set[key]) // it was checked when it was asked for
	}
}

// hire lets as many processes work as there should be. Those that are too many end what
// they have in hand.
func (o *overseer) hire() {
	crew := o.crew.processes
	for o.hiring != nil && len(crew) < min(o.limits.Processes, cap(crew)) {
		crew = append(crew, process{number: len(crew) + 1, since: workflow.Now(o.hiring)})
		p := &crew[len(crew)-1]
		workflow.GoNamed(o.hiring, "process", func(ctx workflow.Context) { o.work(ctx, p) })
	}
	o.crew.processes = crew
}

// settings are what the site-guard should hold, for those who ask while work waits.
func (o *overseer) guardSettings() (map[string]string, error) { return wishesIn(o.state.Set), nil }

// Slowed is how work has fared beside the site.
type Slowed struct {
	// Now is how it was when a batch ended last, and Worst the least share so far.
	Now   *activities.Beside `json:"now,omitempty"`
	Worst *activities.Beside `json:"worst,omitempty"`
}

// note notes how a batch fared.
func (s *Slowed) note(beside *activities.Beside) {
	s.Now = beside // nil: the guard is off
	if beside == nil {
		return
	}
	if beside.Words != "" && (s.Worst == nil || beside.Share < s.Worst.Share) {
		s.Worst = beside
	}
}
