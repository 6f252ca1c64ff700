package runreport

import (
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"regexp"
	"time"

	"github.com/dustin/go-humanize"

	"db-migrate/board"
	"db-migrate/database"
)

//go:embed page.html
var pageText string

// shownErrors and shownLetters are how many the page shows.
const shownErrors, shownLetters = 20, 100

// Write writes the page of a run, as it was made at a time.
func Write(out io.Writer, run Run, made time.Time) error {
	page, err := template.New("page").Funcs(template.FuncMap{
		"number":  func(count int64) string { return humanize.Comma(count) },
		"count":   func(count int) string { return humanize.Comma(int64(count)) },
		"span":    board.Elapsed,
		"clock":   clock,
		"clean":   board.Clean,
		"key":     func(key database.Key) string { return board.Clean(key.String()) },
		"percent": func(share float64) string { return fmt.Sprintf("%.0f %%", 100*share) },
	}).Parse(pageText)
	if err != nil {
		return err
	}
	return page.Execute(out, content(run, made))
}

// pageContent is what the page's template has.
type pageContent struct {
	Run
	Made          time.Time
	Took          time.Duration
	Speed         string
	RateChart     template.HTML
	ShareChart    template.HTML
	Held          []Held
	ShownErrors   []Error
	ShownLetters  []database.DeadLetter
	Batched, Size int
}

// Held is a reason for which the work had less of the database, and at the ends of how many
// batches it was told.
type Held struct {
	Words   string
	Batches int
	Last    time.Time
	Least   float64
}

func content(run Run, made time.Time) pageContent {
	page := pageContent{Run: run, Made: made, Took: run.Ended.Sub(run.Started), RateChart: rates(run).SVG(), Held: held(run.Batches),
		ShownErrors: run.Errors[:min(len(run.Errors), shownErrors)], ShownLetters: run.Letters[:min(len(run.Letters), shownLetters)],
		Batched: len(run.Batches), Speed: "–"}
	if drawn, known := shares(run); known {
		page.ShareChart = drawn.SVG()
	}
	if seconds := page.Took.Seconds(); seconds > 0 {
		page.Speed = amount(float64(run.Done()) / seconds)
	}
	if page.Batched > 0 {
		page.Size = run.Done() / page.Batched
	}
	return page
}

// numbers are what differs where a reason is told twice.
var numbers = regexp.MustCompile(`[0-9][0-9.,]*`)

// held gathers the reasons, in the order in which they were first told. Its words are those
// at the time when the work had the least.
func held(batches []Batch) (all []Held) {
	place := map[string]int{}
	for _, batch := range batches {
		if batch.Held == "" {
			continue
		}
		reason := numbers.ReplaceAllString(batch.Held, "")
		at, known := place[reason]
		if !known {
			at = len(all)
			place[reason], all = at, append(all, Held{Words: batch.Held, Least: batch.Share})
		}
		all[at].Batches++
		all[at].Last = batch.Ended
		if batch.Share < all[at].Least {
			all[at].Words, all[at].Least = batch.Held, batch.Share
		}
	}
	return all
}

func clock(at time.Time) string { return at.Local().Format("2006-01-02 15:04:05") }
