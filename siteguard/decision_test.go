package siteguard

import (
	"context"
	"errors"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"db-migrate/database"
)

// trial plays a database to a judge: ten probes a second, a look every half second, by a
// clock of its own.
type trial struct {
	*judge
	now time.Time
	// signs are what looks find.
	signs  database.SiteSigns
	random *rand.Rand
}

func newTrial(t *testing.T, texts map[string]string) *trial {
	t.Helper()
	settings, err := Parse(texts)
	require.NoError(t, err)
	now := time.Date(2026, 11, 27, 12, 0, 0, 0, time.UTC)
	played := &trial{judge: newJudge(settings, true, now), now: now, random: rand.New(rand.NewPCG(1, 2))}
	played.signs.Presence = database.Somebody
	return played
}

// run lets the time pass. answer is how long the database takes, with the share that the
// migration has; seen is told each decision.
func (t *trial) run(length time.Duration, answer func(share float64) time.Duration, seen func(Decision)) {
	for end := t.now.Add(length); t.now.Before(end); t.now = t.now.Add(100 * time.Millisecond) {
		if t.now.UnixMilli()%500 == 0 {
			t.saw(t.now, t.signs, nil)
		}
		noisy := 0.8 + 0.4*t.random.Float64()
		t.probed(t.now, &t.read, time.Duration(noisy*float64(answer(t.decide(t.now).Share))), nil)
		if seen != nil {
			seen(t.decide(t.now))
		}
	}
}

func steady(took time.Duration) func(float64) time.Duration {
	return func(float64) time.Duration { return took }
}

// TestABurstMakesRoomAndIsForgotten: below 0.3 within two seconds, and 0.8 again within
// ten after it.
func TestABurstMakesRoomAndIsForgotten(t *testing.T) {
	played := newTrial(t, nil)
	played.run(10*time.Second, steady(time.Millisecond), nil)
	require.InDelta(t, 1, played.decide(played.now).Share, 0.001)
	played.run(2*time.Second, steady(20*time.Millisecond), nil)
	burst := played.decide(played.now)
	require.Less(t, burst.Share, 0.3)
	require.Regexp(t, `^Slowed to \d+ %: the database answers in \d+\.\d ms, limit \d\.\d$`, burst.Words())
	played.run(20*time.Second, steady(20*time.Millisecond), nil)
	require.GreaterOrEqual(t, played.decide(played.now).Share, leastPace, "it must end some day")
	played.run(10*time.Second, steady(time.Millisecond), nil)
	require.GreaterOrEqual(t, played.decide(played.now).Share, 0.8)
}

// TestAHiccupIsNoBurst: one slow answer changes nothing.
func TestAHiccupIsNoBurst(t *testing.T) {
	played := newTrial(t, nil)
	played.run(10*time.Second, steady(time.Millisecond), nil)
	played.run(100*time.Millisecond, steady(time.Second), nil)
	played.run(time.Second, steady(time.Millisecond), func(seen Decision) { require.Greater(t, seen.Share, 0.9) })
}

// TestThePaceDoesNotSwing on a database that is the slower the more the migration does:
// its share stays within a tenth.
func TestThePaceDoesNotSwing(t *testing.T) {
	for name, atFullSpeed := range map[string]time.Duration{"twice the limit": 6 * time.Millisecond, "four times": 12 * time.Millisecond, "ten times": 30 * time.Millisecond} {
		t.Run(name, func(t *testing.T) {
			played := newTrial(t, nil)
			answer := func(share float64) time.Duration {
				return time.Millisecond + time.Duration(share*float64(atFullSpeed-time.Millisecond))
			}
			played.run(2*time.Second, steady(time.Millisecond), nil)
			played.run(15*time.Second, answer, nil)
			least, most, load := 1.0, 0.0, 0.0
			played.run(60*time.Second, answer, func(seen Decision) {
				least, most = min(least, seen.Share), max(most, seen.Share)
				load = max(load, played.read.load(played.now, limitsOf(played.settings, true)))
			})
			t.Logf("share from %.2f to %.2f, load up to %.2f", least, most, load)
			require.Less(t, most-least, 0.1)
			require.Less(t, load, 1.6)
		})
	}
}

// TestWorkersShareTheRoom: two that feel the same come to the same pace, wherever they
// begin.
func TestWorkersShareTheRoom(t *testing.T) {
	one, other := pace{}, pace{}
	now := time.Date(2026, 11, 27, 12, 0, 0, 0, time.UTC)
	one.step(now, 0, false)
	other.step(now, 0, false)
	other.share = leastPace
	for range 1200 {
		now = now.Add(100 * time.Millisecond)
		load := 0.4 + 1.2*(one.share+other.share)
		one.step(now, load, false)
		other.step(now, load, false)
	}
	t.Logf("%.2f and %.2f", one.share, other.share)
	require.InDelta(t, one.share, other.share, 0.05)
}

// TestAloneRunsAtFullSpeed, and makes room at once when somebody comes.
func TestAloneRunsAtFullSpeed(t *testing.T) {
	played := newTrial(t, nil)
	played.signs.Presence = database.Nobody
	played.run(2*time.Second, steady(time.Millisecond), nil)
	played.run(20*time.Second, steady(30*time.Millisecond), func(seen Decision) {
		require.InDelta(t, 1, seen.Share, 0)
		require.False(t, seen.Beside)
		require.Zero(t, seen.SetLimit)
	})
	require.Equal(t, "Full speed: nobody else uses the database", played.decide(played.now).Line())
	played.signs.Presence = database.Somebody
	played.run(time.Second, steady(30*time.Millisecond), nil)
	require.Less(t, played.decide(played.now).Share, 0.3)
	require.True(t, played.decide(played.now).Beside)
}

// TestALimitOfOnesOwn, which may be one that no pace can reach.
func TestALimitOfOnesOwn(t *testing.T) {
	played := newTrial(t, map[string]string{KeyLatency: "5ms"})
	played.run(10*time.Second, steady(4*time.Millisecond), nil)
	require.Equal(t, "", played.decide(played.now).Words())
	played.run(5*time.Second, steady(7*time.Millisecond), nil)
	require.Contains(t, played.decide(played.now).Words(), "limit 5.0")
	never := newTrial(t, map[string]string{KeyLatency: "1ms"})
	never.run(10*time.Second, steady(4*time.Millisecond), nil)
	require.Contains(t, never.decide(never.now).Words(), "no pace of the migration's can reach that limit")
	require.InDelta(t, leastPace, never.decide(never.now).Share, 0.05)
}

func TestSignals(t *testing.T) {
	lag := database.Signal{Name: database.SignalReplicaLag, Words: "replica b is behind by 14 s", Value: 14}
	waits := database.Signal{Name: database.SignalLockWaits, Words: "a session waits for rows that the migration has locked", Value: 1, Limit: 1, Least: 0.1}
	for name, test := range map[string]struct {
		signal database.Signal
		texts  map[string]string
		share  float64
		words  string
		set    int
	}{
		"a lag beyond the limit":     {lag, nil, 0, "Waiting: replica b is behind by 14 s, limit 10s", slowSet},
		"a lag between":              {lag, map[string]string{KeyReplicaLag: "20s"}, 0.6, "Slowed to 60 %: replica b is behind by 14 s, limit 20s", besideSet},
		"a lag well below the limit": {lag, map[string]string{KeyReplicaLag: "1m"}, 1, "", besideSet},
		"a lag that may be":          {lag, map[string]string{KeyReplicaLag: "0s"}, 1, "", besideSet},
		"sessions wait for our rows": {waits, nil, 0.1, "Slowed to 10 %: a session waits for rows that the migration has locked", lockedSet},
	} {
		t.Run(name, func(t *testing.T) {
			played := newTrial(t, test.texts)
			played.signs.Signals = []database.Signal{test.signal}
			played.run(time.Second, steady(time.Millisecond), nil)
			found := played.decide(played.now)
			require.InDelta(t, test.share, found.Share, 0.001)
			require.Equal(t, test.words, found.Words())
			require.Equal(t, test.set, found.SetLimit)
		})
	}
}

// TestAProbeThatSaysNothing means caution, never an end.
func TestAProbeThatSaysNothing(t *testing.T) {
	t.Run("it never has", func(t *testing.T) {
		played := newTrial(t, nil)
		played.now = played.now.Add(time.Hour)
		require.InDelta(t, cautious, played.decide(played.now).Share, 0)
		require.Contains(t, played.decide(played.now).Words(), "the database has not answered a probe for 1 h 0 min")
	})
	t.Run("it hangs and does not come back", func(t *testing.T) {
		played := newTrial(t, nil)
		played.run(5*time.Second, steady(time.Millisecond), nil)
		played.now = played.now.Add(3 * time.Second)
		require.InDelta(t, cautious, played.decide(played.now).Share, 0)
	})
	t.Run("it runs into its time again and again", func(t *testing.T) {
		played := newTrial(t, nil)
		played.run(5*time.Second, steady(time.Millisecond), nil)
		for range 10 {
			played.now = played.now.Add(time.Second)
			played.probed(played.now, &played.read, time.Second, context.DeadlineExceeded)
		}
		require.GreaterOrEqual(t, played.decide(played.now).Share, leastPace)
		require.Less(t, played.decide(played.now).Share, cautious)
	})
	t.Run("it fails, and then does not", func(t *testing.T) {
		played := newTrial(t, nil)
		played.run(5*time.Second, steady(time.Millisecond), nil)
		played.probed(played.now, &played.read, time.Microsecond, errors.New("no route to host"))
		require.InDelta(t, cautious, played.decide(played.now).Share, 0)
		require.Contains(t, played.decide(played.now).Words(), "no route to host")
		played.run(5*time.Second, steady(time.Millisecond), nil)
		require.InDelta(t, 1, played.decide(played.now).Share, 0)
	})
	t.Run("looks fail", func(t *testing.T) {
		played := newTrial(t, nil)
		played.run(time.Second, steady(time.Millisecond), nil)
		for range 60 {
			played.now = played.now.Add(100 * time.Millisecond)
			played.probed(played.now, &played.read, time.Millisecond, nil)
			played.saw(played.now, database.SiteSigns{}, errors.New("permission denied"))
		}
		require.InDelta(t, cautious, played.decide(played.now).Share, 0)
		require.Contains(t, played.decide(played.now).Words(), "permission denied")
	})
}

// TestTheUsersQuery answers true or no row to go on, and else why not.
func TestTheUsersQuery(t *testing.T) {
	for name, test := range map[string]struct {
		text   string
		found  bool
		failed error
		share  float64
		words  string
	}{
		"true":     {"t", true, nil, 1, ""},
		"one":      {"1", true, nil, 1, ""},
		"no row":   {"", false, nil, 1, ""},
		"false":    {"f", true, nil, 0, "Waiting: site-guard/query does not answer true"},
		"a reason": {"the nightly import runs", true, nil, 0, "Waiting: the nightly import runs"},
		"broken":   {"", false, errors.New("syntax error"), cautious, "Slowed to 30 %: site-guard/query cannot be asked: syntax error"},
	} {
		t.Run(name, func(t *testing.T) {
			played := newTrial(t, map[string]string{KeyQuery: "SELECT 1"})
			played.run(time.Second, steady(time.Millisecond), nil)
			played.answered(test.text, test.found, test.failed)
			require.InDelta(t, test.share, played.decide(played.now).Share, 0)
			require.Equal(t, test.words, played.decide(played.now).Words())
		})
	}
}

// TestOffAllowsEverything, whatever is seen.
func TestOffAllowsEverything(t *testing.T) {
	played := newTrial(t, map[string]string{KeyMode: "off", KeyWindow: "01:00-02:00 UTC"})
	played.run(5*time.Second, steady(time.Second), nil)
	require.Equal(t, Off(), played.decide(played.now))
}

func TestWindows(t *testing.T) {
	at := func(text string) time.Time {
		parsed, err := time.Parse(time.RFC3339, text)
		require.NoError(t, err)
		return parsed
	}
	const night, day = "22:00-06:00 Europe/Paris", "01:30-03:30 Europe/Paris"
	for name, test := range map[string]struct {
		window, now string
		open        bool
		opens       string
	}{
		"in the night":                         {night, "2026-11-26T23:00:00+01:00", true, ""},
		"the minute before it opens":           {night, "2026-11-26T21:59:59+01:00", false, "2026-11-26T22:00:00+01:00"},
		"when it opens":                        {night, "2026-11-26T22:00:00+01:00", true, ""},
		"when it closes":                       {night, "2026-11-27T06:00:00+01:00", false, "2026-11-27T22:00:00+01:00"},
		"summer: 22:00 is 20:00 UTC":           {night, "2026-07-01T20:00:00Z", true, ""},
		"winter: 20:00 UTC is 21:00":           {night, "2026-12-01T20:00:00Z", false, "2026-12-01T21:00:00Z"},
		"spring, an hour is left out, open":    {night, "2027-03-28T03:59:00Z", true, ""},
		"spring, it closes an hour earlier":    {night, "2027-03-28T04:00:00Z", false, "2027-03-28T20:00:00Z"},
		"autumn, it closes an hour later":      {night, "2026-10-25T04:59:00Z", true, ""},
		"autumn, closed":                       {night, "2026-10-25T05:00:00Z", false, "2026-10-25T21:00:00Z"},
		"spring, the window has half an hour":  {day, "2027-03-28T01:29:00Z", true, ""},
		"spring, closed at 03:30":              {day, "2027-03-28T01:30:00Z", false, "2027-03-28T23:30:00Z"},
		"autumn, 02:30 comes twice, both open": {day, "2026-10-25T01:30:00Z", true, ""},
	} {
		t.Run(name, func(t *testing.T) {
			window, err := ParseWindow(test.window)
			require.NoError(t, err)
			require.Equal(t, test.open, window.Open(at(test.now)))
			if test.opens != "" {
				require.WithinDuration(t, at(test.opens), window.NextOpening(at(test.now)), 0)
			}
		})
	}
}

func TestAClosedWindowSaysWhenItOpens(t *testing.T) {
	played := newTrial(t, map[string]string{KeyWindow: "22:00-06:00 Europe/Paris"})
	played.run(time.Second, steady(time.Millisecond), nil)
	require.Equal(t, "Waiting: it is outside of the window 22:00-06:00 Europe/Paris; it goes on at 22:00 CET, in 8 h 59 min", played.decide(played.now).Words())
	played.now = played.now.Add(9 * time.Hour)
	played.run(5*time.Second, steady(time.Millisecond), nil)
	require.InDelta(t, 1, played.decide(played.now).Share, 0, "it goes on by itself")
}

func TestSettingsAreReadBack(t *testing.T) {
	texts := map[string]string{KeyMode: "off", KeyLatency: "5ms", KeyReplicaLag: "30s", KeyQuery: "SELECT 1", KeyWindow: "22:00-06:00 Europe/Paris"}
	settings, err := Parse(texts)
	require.NoError(t, err)
	require.Equal(t, texts, settings.Texts())
	settings, err = settings.With(map[string]string{KeyLatency: "auto", KeyWindow: ""})
	require.NoError(t, err)
	require.Equal(t, "auto", settings.Texts()[KeyLatency])
	require.Equal(t, "", settings.Texts()[KeyWindow])
	require.Equal(t, "30s", settings.Texts()[KeyReplicaLag])
}

// TestWrongSettings are refused by key, with what would be valid.
func TestWrongSettings(t *testing.T) {
	for key, test := range map[string]struct{ text, said string }{
		KeyMode:         {"on", `site-guard/mode: "on" must be auto or off`},
		KeyLatency:      {"20", `site-guard/latency: "20" must be auto, or a time span such as 20ms or 10s, from 100µs to 1m0s`},
		KeyReplicaLag:   {"-1s", `site-guard/replica-lag: "-1s" must be a time span`},
		KeyWindow:       {"22:00-06:00", `"22:00-06:00": it must be a span of the day with its time zone`},
		"site-guard/no": {"1", "site-guard/no: there is no such key; there are site-guard/mode, "},
	} {
		t.Run(key, func(t *testing.T) {
			_, err := Parse(map[string]string{key: test.text})
			require.ErrorContains(t, err, test.said)
		})
	}
	for _, text := range []string{"22-06 UTC", "22:00-25:00 UTC", "22:00-06:00 Mars/Base", "22:00-22:00 UTC", "22:00-06:00 Local"} {
		_, err := ParseWindow(text)
		require.Error(t, err, text)
	}
}
