package siteguard

import (
	"context"
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"db-migrate/database"
)

// patience bounds every waiting; it is for a machine under load.
const patience = time.Minute

// fakeSite is a database whose probe answers as it is told.
type fakeSite struct {
	mutex    sync.Mutex
	presence database.Presence
	// hangs: reads do not end before their time; deaf: they do not heed it either.
	hangs, deaf    bool
	read, refuse   error
	opened, closed atomic.Int32
	released       chan struct{}
}

func (f *fakeSite) Site() (database.Site, error) { return f, nil }

func (f *fakeSite) OpenProbe(context.Context, database.ProbeOptions) (database.SiteProbe, error) {
	f.mutex.Lock()
	defer f.mutex.Unlock()
	if f.refuse != nil {
		return nil, f.refuse
	}
	f.opened.Add(1)
	return fakeProbe{f}, nil
}

func (f *fakeSite) change(change func()) {
	f.mutex.Lock()
	defer f.mutex.Unlock()
	change()
}

type fakeProbe struct{ *fakeSite }

func (f fakeProbe) Read(ctx context.Context) error {
	f.mutex.Lock()
	hangs, deaf, err := f.hangs, f.deaf, f.read
	f.mutex.Unlock()
	if deaf {
		<-f.released
	}
	if hangs {
		<-ctx.Done()
		return ctx.Err()
	}
	return err
}

func (f fakeProbe) Commit(context.Context) error { return errors.ErrUnsupported }

func (f fakeProbe) Look(context.Context) (database.SiteSigns, error) {
	f.mutex.Lock()
	defer f.mutex.Unlock()
	return database.SiteSigns{Presence: f.presence, Notes: []string{"a note"}}, nil
}

func (f fakeProbe) Ask(_ context.Context, query string) (string, bool, error) {
	return query, true, nil
}

func (f fakeProbe) Close() error {
	f.closed.Add(1)
	return nil
}

func newGuard(t *testing.T, site *fakeSite, texts map[string]string) *Guard {
	t.Helper()
	settings, err := Parse(texts)
	require.NoError(t, err)
	guard := &Guard{Source: site, Settings: settings}
	t.Cleanup(guard.Close)
	return guard
}

func untilShare(t *testing.T, guard *Guard, holds func(Decision) bool) {
	t.Helper()
	require.Eventually(t, func() bool { return holds(guard.Decision()) }, patience, 20*time.Millisecond)
}

// TestTheGuardLooksWhileItIsAsked, and closes its probe.
func TestTheGuardLooksWhileItIsAsked(t *testing.T) {
	site := &fakeSite{presence: database.Nobody}
	guard := newGuard(t, site, nil)
	_, known := guard.Last()
	require.False(t, known, "it does not look before there is work")
	guard.Ready(t.Context())
	untilShare(t, guard, func(d Decision) bool { return d.Share == 1 && !d.Beside })
	site.change(func() { site.presence = database.Somebody })
	untilShare(t, guard, func(d Decision) bool { return d.Beside && d.SetLimit > 0 })
	guard.Close()
	require.Equal(t, site.opened.Load(), site.closed.Load())
	guard.Ready(t.Context())
	untilShare(t, guard, func(d Decision) bool { return d.Site == siteSomebody })
	require.EqualValues(t, 2, site.opened.Load(), "it begins anew")
}

// TestAGuardWhoseProbeIsBroken leaves some of the pace, and finds its way back.
func TestAGuardWhoseProbeIsBroken(t *testing.T) {
	for name, breakIt := range map[string]func(*fakeSite){
		"it cannot be opened": func(f *fakeSite) { f.refuse = errors.New("no room") },
		"its reads fail":      func(f *fakeSite) { f.read = errors.New("no route") },
		"its reads hang":      func(f *fakeSite) { f.hangs = true },
		"it does not come back": func(f *fakeSite) {
			f.deaf = true
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			site := &fakeSite{presence: database.Somebody, released: make(chan struct{})}
			breakIt(site)
			guard := newGuard(t, site, nil)
			guard.Ready(t.Context())
			untilShare(t, guard, func(d Decision) bool { return d.Slowed() && d.Share <= cautious })
			require.Positive(t, guard.Decision().Share)
			require.NotEmpty(t, guard.Decision().Words())
			site.change(func() { site.refuse, site.read, site.hangs, site.deaf = nil, nil, false, false })
			close(site.released)
			untilShare(t, guard, func(d Decision) bool { return d.Share > 0.9 })
		})
	}
}

// TestWishesHoldAtOnce, and are taken back by their absence.
func TestWishesHoldAtOnce(t *testing.T) {
	site := &fakeSite{presence: database.Nobody}
	guard := newGuard(t, site, nil)
	var mutex sync.Mutex
	var lines []string
	guard.Log = func(line string) {
		mutex.Lock()
		defer mutex.Unlock()
		lines = append(lines, line)
	}
	guard.Ready(t.Context())
	require.NoError(t, guard.Wish(map[string]string{KeyQuery: "the import runs"}))
	untilShare(t, guard, func(d Decision) bool { return d.Words() == "Waiting: the import runs" })
	require.True(t, guard.ShouldHear())
	require.False(t, guard.ShouldHear(), "one of all that wait asks")
	require.Error(t, guard.Wish(map[string]string{KeyLatency: "soon"}))
	require.Equal(t, "the import runs", guard.Effective().Query, "a wrong one changes nothing")
	require.NoError(t, guard.Wish(map[string]string{KeyMode: "off"}))
	require.Equal(t, Off(), guard.Decision())
	require.NoError(t, guard.Wish(nil))
	untilShare(t, guard, func(d Decision) bool { return d.Share == 1 && d.Site == siteNobody })
	mutex.Lock()
	defer mutex.Unlock()
	require.Contains(t, strings.Join(lines, "\n"), "site-guard: a note")
	require.Contains(t, strings.Join(lines, "\n"), "site-guard: Waiting: the import runs")
}

// TestNoGuard allows everything.
func TestNoGuard(t *testing.T) {
	var guard *Guard
	require.Equal(t, Off(), guard.Decision())
	guard.Ready(t.Context())
	require.NoError(t, guard.Wish(map[string]string{KeyMode: "auto"}))
	require.False(t, guard.ShouldHear())
}
