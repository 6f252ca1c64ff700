package siteguard

import (
	"fmt"
	"strings"
	"time"
	_ "time/tzdata" // a container may have no time zones of its own
)

// Window is the time of day in which a migration may work. The zero value is always
// open.
type Window struct {
	text string
	// opens and closes are minutes since midnight, by the clock on the zone's walls.
	opens, closes int
	zone          *time.Location
}

const windowForm = `it must be a span of the day with its time zone, such as "22:00-06:00 Europe/Paris" or "01:00-05:00 UTC"; empty: at any time`

// ParseWindow reads "22:00-06:00 Europe/Paris". Without a zone it is refused: the
// worker's own zone is nobody's intention. Empty: always open.
func ParseWindow(text string) (Window, error) {
	if text == "" {
		return Window{}, nil
	}
	span, name, found := strings.Cut(strings.TrimSpace(text), " ")
	from, to, dashed := strings.Cut(span, "-")
	if !found || !dashed {
		return Window{}, fmt.Errorf("%q: %s", text, windowForm)
	}
	zone, err := time.LoadLocation(strings.TrimSpace(name))
	if err != nil || strings.EqualFold(strings.TrimSpace(name), "local") {
		return Window{}, fmt.Errorf("%q: there is no time zone %q; %s", text, name, windowForm)
	}
	window := Window{text: text, zone: zone}
	for _, end := range []struct {
		text string
		into *int
	}{{from, &window.opens}, {to, &window.closes}} {
		at, err := time.Parse("15:04", end.text)
		if err != nil {
			return Window{}, fmt.Errorf("%q: %q is no time of day; %s", text, end.text, windowForm)
		}
		*end.into = 60*at.Hour() + at.Minute()
	}
	if window.opens == window.closes {
		return Window{}, fmt.Errorf("%q: it opens and closes at the same time; leave it empty for the whole day", text)
	}
	return window, nil
}

// Open reports whether work may be done at that time. The clock on the wall decides, so
// that a window of eight hours has seven or nine when the clock is changed in it.
func (w Window) Open(now time.Time) bool {
	if w.zone == nil {
		return true
	}
	hour, minute, _ := now.In(w.zone).Clock()
	at := 60*hour + minute
	if w.opens < w.closes {
		return w.opens <= at && at < w.closes
	}
	return at >= w.opens || at < w.closes
}

// longestClosed is longer than any window is closed.
const longestClosed = 50 * time.Hour

// NextOpening is when a closed window opens: the first minute at which it is open.
func (w Window) NextOpening(now time.Time) time.Time {
	at := now.Truncate(time.Minute)
	for end := at.Add(longestClosed); !w.Open(at) && at.Before(end); {
		at = at.Add(time.Minute)
	}
	return at
}

// String is the window as it was written.
func (w Window) String() string { return w.text }

// waiting is why nothing is done while the window is closed.
func (w Window) waiting(now time.Time) string {
	opens := w.NextOpening(now)
	return fmt.Sprintf("it is outside of the window %s; it goes on at %s, in %s", w.text, opens.In(w.zone).Format("15:04 MST"), span(opens.Sub(now)))
}

// span is a time as people read it.
func span(length time.Duration) string {
	switch {
	case length < time.Minute:
		return fmt.Sprintf("%d s", int(max(0, length.Seconds())))
	case length < time.Hour:
		return fmt.Sprintf("%d min", int(length.Minutes()))
	}
	return fmt.Sprintf("%d h %d min", int(length.Hours()), int(length.Minutes())%60)
}
