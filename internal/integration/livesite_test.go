package integration_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"
)

const (
	// visitors are the site's connections, siteRate their statements a second,
	// all together.
	visitors = 10
	siteRate = 500
	// holes is that every so many ids there is none at the start.
	holes = 50
)

// liveSite is a site that changes its customers all the time, and keeps a log.
type liveSite struct {
	v        *server
	rows     int
	order    []int
	visitors []*visitor
	// front are the places in the scan between which customers are about to be
	// migrated.
	front atomic.Pointer[[2]int]
	// phase is where waits are noted; stopped ends the visits.
	phase   atomic.Int32
	stopped chan struct{}
	done    sync.WaitGroup
}

// Phases of the site's measurements.
const (
	alone = iota
	beside
)

// visitor is one connection. Each has customers of its own, so that it knows what
// their rows are.
type visitor struct {
	site   *liveSite
	number int
	client siteClient
	// people are its customers now; unfilled are those whom it has put in without
	// the new columns, touched those who were not there all of the time.
	people            map[int]person
	unfilled, touched map[int]bool
	// waits are how long its statements took, by phase; counts what it did.
	waits  [2][]time.Duration
	counts map[string]int
	err    error
}

func (v *server) newSite(rows int) *liveSite {
	v.Helper()
	client := v.siteClient(visitors)
	site := &liveSite{v: v, rows: rows, stopped: make(chan struct{})}
	v.makeHoles(client, rows)
	people, order := v.people()
	site.order = order
	for number := range visitors {
		site.visitors = append(site.visitors, &visitor{site: site, number: number, client: client,
			people: map[int]person{}, unfilled: map[int]bool{}, touched: map[int]bool{}, counts: map[string]int{}})
	}
	for id, found := range people {
		site.owner(id).people[id] = found
	}
	return site
}

func (v *server) makeHoles(client siteClient, rows int) {
	v.Helper()
	if v.driver != "cassandra" {
		v.exec(fmt.Sprintf("DELETE FROM customers WHERE id %% %d = 0", holes))
		return
	}
	for id := holes; id <= rows; id += holes {
		_, err := client.do("DELETE FROM customers WHERE id = ?", id)
		require.NoError(v, err)
	}
}

func (site *liveSite) owner(id int) *visitor {
	return site.visitors[((id%visitors)+visitors)%visitors]
}

// open begins the visits.
func (site *liveSite) open() {
	for _, one := range site.visitors {
		site.done.Go(one.visit)
	}
}

// follow keeps the front where the migration is.
func (site *liveSite) follow(connected client.Client) {
	site.done.Go(func() {
		for {
			select {
			case <-site.stopped:
				return
			case <-time.After(100 * time.Millisecond):
				if now, ok := status(connected); ok {
					site.front.Store(&[2]int{int(now.Totals.Migrated + now.Totals.Skipped), int(now.Totals.Scanned)})
				}
			}
		}
	})
}

func (site *liveSite) close() {
	close(site.stopped)
	site.done.Wait()
	for _, one := range site.visitors {
		require.NoError(site.v, one.err, "a statement of the site's")
	}
}

// visit runs a statement after the other, at a steady pace.
func (v *visitor) visit() {
	const interval = time.Second * visitors / siteRate
	due := time.Now().Add(time.Duration(v.number) * interval / visitors)
	for v.err == nil {
		select {
		case <-v.site.stopped:
			return
		case <-time.After(time.Until(due)):
			v.err = v.once()
			due = due.Add(interval)
		}
	}
}

// next is the customer whom it turns to: half of the time one of those who are
// about to be migrated, else anyone; now and then one in front of the first or
// behind the last.
func (v *visitor) next() int {
	site := v.site
	id := 1 + rand.IntN(site.rows)
	switch front := site.front.Load(); {
	case rand.IntN(100) == 0:
		id = -rand.IntN(site.rows)
	case rand.IntN(100) == 0:
		id = site.rows + 1 + rand.IntN(site.rows)
	case front != nil && rand.IntN(2) == 0:
		for place := max(0, front[0]-200) + rand.IntN(max(1, front[1]-front[0])+500); place < len(site.order); place++ {
			if site.owner(site.order[place]) == v {
				return site.order[place]
			}
		}
	}
	return id - (id-v.number)%visitors
}

// timed runs a statement, again after a deadlock as every client must, and notes
// how long it took.
func (v *visitor) timed(what string, run func() error) error {
	v.counts[what]++
	phase, began := v.site.phase.Load(), time.Now()
	err := run()
	for ; isDeadlock(err); err = run() {
		v.counts["deadlock"]++
	}
	v.waits[phase] = append(v.waits[phase], time.Since(began))
	return err
}

func (v *visitor) do(what, statement string, values ...any) (changed int64, err error) {
	err = v.timed(what, func() error {
		changed, err = v.client.do(statement, values...)
		return err
	})
	return changed, err
}

// newcomer is somebody nobody has been before.
func newcomer() person {
	number := rand.IntN(10_000_000)
	return person{full: fmt.Sprintf("Site Written%s", letters(number)), phone: fmt.Sprintf("415 555 %04d", number%10_000), email: fmt.Sprintf("Site%d@Example.com", number)}
}

// letters is a number in letters: names have no digits.
func letters(number int) string {
	text := []byte(strconv.Itoa(number))
	for i := range text {
		text[i] += 'a' - '0'
	}
	return string(text)
}

const (
	insertFilled   = "INSERT INTO customers (" + personColumns + ") VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
	insertUnfilled = "INSERT INTO customers (id, full_name, phone, email) VALUES (?, ?, ?, ?)"
)

// once does one thing.
func (v *visitor) once() error {
	id := v.next()
	now, present := v.people[id]
	dice := rand.IntN(100)
	switch {
	case !present && dice < 50:
		return v.insert(id, newcomer())
	case !present:
		return v.insertUnfilled(id, newcomer())
	case dice < 10:
		return v.delete(id)
	case dice < 15:
		return v.replace(id, newcomer())
	case dice < 20:
		return v.replace(id, now) // the same again
	case dice < 30 && v.site.v.driver != "cassandra":
		return v.rename(id, now)
	case dice < 60:
		return v.update(id)
	case dice < 80:
		return v.updatePhone(id, now)
	}
	return v.updateEmail(id, now)
}

// filled is a person with the new columns as the site's new code writes them.
func filled(p person) person {
	made, err := p.migrated()
	if err != nil {
		panic(err) // newcomers are well-formed
	}
	for i := range made {
		p.made[i] = &made[i]
	}
	return p
}

func (v *visitor) insert(id int, p person) error {
	p = filled(p)
	v.people[id], v.touched[id] = p, true
	delete(v.unfilled, id)
	_, err := v.do("insert", insertFilled, id, p.full, p.phone, p.email, *p.made[0], *p.made[1], *p.made[2], *p.made[3])
	return err
}

func (v *visitor) putUnfilled(id int, p person) {
	v.people[id], v.touched[id], v.unfilled[id] = person{full: p.full, phone: p.phone, email: p.email}, true, true
}

func (v *visitor) insertUnfilled(id int, p person) error {
	v.putUnfilled(id, p)
	_, err := v.do("insert of an old row", insertUnfilled, id, p.full, p.phone, p.email)
	return err
}

func (v *visitor) delete(id int) error {
	delete(v.people, id)
	delete(v.unfilled, id)
	v.touched[id] = true
	_, err := v.do("delete", "DELETE FROM customers WHERE id = ?", id)
	return err
}

func (v *visitor) replace(id int, p person) error {
	v.putUnfilled(id, p)
	return v.timed("delete and insert in one", func() error {
		return v.client.replace(id, insertUnfilled, id, p.full, p.phone, p.email)
	})
}

// rename is old code of the site's, which knows nothing of the new columns: it
// may change what the migration reads until that has been there.
func (v *visitor) rename(id int, p person) error {
	p.full = newcomer().full
	changed, err := v.do("update of what the migration reads", "UPDATE customers SET full_name = ? WHERE id = ? AND first_name IS NULL", p.full, id)
	if changed > 0 {
		v.people[id] = p
	}
	return err
}

func (v *visitor) update(id int) error {
	p := filled(newcomer())
	v.people[id] = p
	delete(v.unfilled, id)
	_, err := v.do("update", "UPDATE customers SET full_name = ?, phone = ?, email = ?, first_name = ?, last_name = ?, phone_e164 = ?, email_normalized = ? WHERE id = ?",
		p.full, p.phone, p.email, *p.made[0], *p.made[1], *p.made[2], *p.made[3], id)
	return err
}

func (v *visitor) updatePhone(id int, p person) error {
	other := filled(newcomer())
	p.phone, p.made[2] = other.phone, other.made[2]
	v.people[id] = p
	_, err := v.do("update of a phone", "UPDATE customers SET phone = ?, phone_e164 = ? WHERE id = ?", p.phone, *p.made[2], id)
	return err
}

func (v *visitor) updateEmail(id int, p person) error {
	other := filled(newcomer())
	p.email, p.made[3] = other.email, other.made[3]
	v.people[id] = p
	_, err := v.do("update of an e-mail", "UPDATE customers SET email = ?, email_normalized = ? WHERE id = ?", p.email, *p.made[3], id)
	return err
}

// liveRows is how many customers there are, how many of them are migrated in a
// second, and for how long the site is alone first. LIVE_ROWS=1000000 migrates so
// many, and as fast as it goes, or by the options in LIVE_OPTIONS.
func liveRows(t *testing.T, p product) (rows int, options []string, quiet time.Duration) {
	text := os.Getenv("LIVE_ROWS")
	switch {
	case text == "" && p.driver == "cassandra": // a busy node does a hundred a second
		return 4_000, []string{"customer-migration/rate=1000", "customer-migration/batch-time=1s"}, time.Second
	case text == "":
		return 16_000, []string{"customer-migration/rate=4000", "customer-migration/batch-time=1s"}, time.Second
	}
	rows, err := strconv.Atoi(text)
	require.NoError(t, err)
	return rows, strings.Fields(os.Getenv("LIVE_OPTIONS")), 15 * time.Second
}

// TestLiveSites migrates while a site inserts, deletes and updates: nothing of the
// site's is lost, and every row that is there is right.
func TestLiveSites(t *testing.T) {
	t.Parallel()
	for _, p := range everywhere() {
		t.Run(p.driver, func(t *testing.T) {
			t.Parallel()
			s := newStack(t)
			v := s.share(p)
			rows, options, quiet := liveRows(t, p)
			v.fill(rows)
			site := v.newSite(rows)
			s.startWorker(v.options(options...)...)
			site.open()
			time.Sleep(quiet)
			site.phase.Store(beside)
			site.follow(s.client())
			starter := s.startStarter(options...)
			code := starter.wait(t)
			site.close()
			require.Zero(t, code, starter.text())
			site.tell()
			site.requireRight()
			site.requireAccounted(s.summary(starter))
		})
	}
}

// tell prints what the site did, and how long it waited.
func (site *liveSite) tell() {
	total, counts := 0, map[string]int{}
	var waits [2][]time.Duration
	for _, one := range site.visitors {
		for what, count := range one.counts {
			counts[what] += count
			total += count
		}
		for phase := range waits {
			waits[phase] = append(waits[phase], one.waits[phase]...)
		}
	}
	site.v.Logf("%s: %d statements of the site's: %v", site.v.driver, total, counts)
	site.v.Logf("%s: alone p50 %s, p99 %s (%d); beside the migration p50 %s, p99 %s, longest %s (%d)", site.v.driver,
		percentile(waits[alone], 50), percentile(waits[alone], 99), len(waits[alone]),
		percentile(waits[beside], 50), percentile(waits[beside], 99), percentile(waits[beside], 100), len(waits[beside]))
}

func percentile(waits []time.Duration, percent int) time.Duration {
	if len(waits) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(waits))
	return sorted[min(len(sorted)-1, len(sorted)*percent/100)].Round(10 * time.Microsecond)
}

// requireRight looks at every row: its old columns are as the site wrote them last,
// and its new ones what the migration makes of these. Only a row that was put in
// without them, behind the scan, may lack them: it is the site's to fill.
func (site *liveSite) requireRight() {
	v := site.v
	v.Helper()
	people, _ := v.people()
	present, behind := 0, 0
	for _, one := range site.visitors {
		present += len(one.people)
		for id, expected := range one.people {
			found, there := people[id]
			require.True(v, there, "customer %d is lost", id)
			require.Equal(v, person{full: expected.full, phone: expected.phone, email: expected.email},
				person{full: found.full, phone: found.phone, email: found.email}, "an update of the site's was lost: customer %d", id)
			if one.unfilled[id] && found.made[0] == nil {
				behind++
				require.Nil(v, found.made[1], "customer %d is half migrated", id)
				continue
			}
			require.Zero(v, found.nulls(), "customer %d was missed", id)
			made, err := expected.migrated()
			require.NoError(v, err)
			require.Equal(v, made, [4]string{*found.made[0], *found.made[1], *found.made[2], *found.made[3]}, "customer %d", id)
		}
	}
	require.Len(v, people, present, "a deleted customer is back")
	v.Logf("%s: all %d rows right; %d that were put in as old rows behind the scan are the site's to fill", v.driver, present, behind)
}

// requireAccounted holds the counts against the site's log: who was there all of
// the time was counted once, and nobody twice.
func (site *liveSite) requireAccounted(end summary) {
	v := site.v
	v.Helper()
	v.Logf("%s: %+v", v.driver, end)
	steady, touched, gone, come := 0, 0, 0, 0
	for _, one := range site.visitors {
		touched += len(one.touched)
		gone += one.counts["delete"] + one.counts["delete and insert in one"]
		come += one.counts["insert"] + one.counts["insert of an old row"] + one.counts["delete and insert in one"]
		for id := range one.people {
			if !one.touched[id] {
				steady++
			}
		}
	}
	require.Equal(v, "completed", end.Phase)
	require.Zero(v, end.Failed)
	require.Equal(v, end.Scanned+end.Appeared-end.Vanished, end.Migrated+end.Skipped)
	require.GreaterOrEqual(v, end.Migrated+end.Skipped, int64(steady))
	require.LessOrEqual(v, end.Migrated+end.Skipped, int64(steady+touched))
	require.LessOrEqual(v, end.Vanished, int64(gone))
	require.LessOrEqual(v, end.Appeared, int64(come))
	require.Equal(v, end.Migrated, v.ledgerRows())
	if v.audit != nil {
		require.Equal(v, end.Migrated, v.count("SELECT COUNT(*) FROM audit"), "changes by the migration")
		require.Equal(v, end.Migrated, v.count("SELECT COUNT(DISTINCT id) FROM audit"), "nobody twice")
	}
}
