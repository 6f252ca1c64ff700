package siteguard

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// Keys of the guard's configuration that may be set while a migration runs.
const (
	KeyMode       = "site-guard/mode"
	KeyLatency    = "site-guard/latency"
	KeyReplicaLag = "site-guard/replica-lag"
	KeyQuery      = "site-guard/query"
	KeyWindow     = "site-guard/window"
)

// Keys are those keys, in their order.
func Keys() []string { return []string{KeyMode, KeyLatency, KeyReplicaLag, KeyQuery, KeyWindow} }

// Settings are the limits that the guard holds.
type Settings struct {
	// Off: everything is allowed at all times.
	Off bool
	// Latency is how long the database may take to answer the probe; 0: found by the best
	// that was seen.
	Latency time.Duration
	// ReplicaLag is how far a replica may be behind; 0: as far as it likes.
	ReplicaLag time.Duration
	// Query is asked whether the migration may go on; empty: it is not.
	Query  string
	Window Window
	// Replicas are host:port of replicas to ask, where the database does not tell.
	Replicas []string
}

// Parse reads settings from texts by their keys; a missing key has its default.
func Parse(texts map[string]string) (Settings, error) {
	return Settings{ReplicaLag: defaultReplicaLag}.With(texts)
}

const defaultReplicaLag = 10 * time.Second

// With is the settings with some of them changed. The error names each wrong key, and
// says what would be valid.
func (s Settings) With(texts map[string]string) (Settings, error) {
	var problems []error
	for _, key := range slices.Sorted(maps.Keys(texts)) {
		if err := s.set(key, strings.TrimSpace(texts[key])); err != nil {
			problems = append(problems, fmt.Errorf("%s: %w", key, err))
		}
	}
	return s, errors.Join(problems...)
}

func (s *Settings) set(key, text string) (err error) {
	switch key {
	case KeyMode:
		if text != "auto" && text != "off" {
			return fmt.Errorf("%q must be auto or off", text)
		}
		s.Off = text == "off"
	case KeyLatency:
		s.Latency = 0
		if text != "auto" {
			s.Latency, err = parseSpan(text, 100*time.Microsecond, time.Minute, "auto, or ")
		}
	case KeyReplicaLag:
		s.ReplicaLag, err = parseSpan(text, 0, 24*time.Hour, "")
	case KeyQuery:
		s.Query = text
	case KeyWindow:
		s.Window, err = ParseWindow(text)
	default:
		return errors.New("there is no such key; there are " + strings.Join(Keys(), ", "))
	}
	return err
}

func parseSpan(text string, least, most time.Duration, also string) (time.Duration, error) {
	length, err := time.ParseDuration(text)
	if err != nil || length < least || length > most {
		return 0, fmt.Errorf("%q must be %sa time span such as 20ms or 10s, from %s to %s", text, also, least, most)
	}
	return length, nil
}

// Texts are the settings as they are written, by their keys: what was parsed is read
// back by it.
func (s Settings) Texts() map[string]string {
	texts := map[string]string{KeyMode: "auto", KeyLatency: "auto", KeyReplicaLag: s.ReplicaLag.String(), KeyQuery: s.Query, KeyWindow: s.Window.String()}
	if s.Off {
		texts[KeyMode] = "off"
	}
	if s.Latency > 0 {
		texts[KeyLatency] = s.Latency.String()
	}
	return texts
}
