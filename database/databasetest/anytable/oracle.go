package anytable

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"pgregory.net/rapid"

	"db-migrate/migration"
)

// oracle knows what must come of a case: it makes the change on a copy of the table, by
// one plain statement for each row.
type oracle struct {
	outcome
	t          *rapid.T
	drawn      drawn
	base, copy site
	// taken are the numbers of the rows that the database has taken.
	taken []int
}

// newOracle looks at the copy.
func newOracle(t *rapid.T, d drawn, base, copied site) *oracle {
	o := &oracle{t: t, drawn: d, base: base, copy: copied}
	o.filtered = d.change.where != ""
	o.taken = o.numbers("1 = 1")
	o.scope = o.taken
	switch {
	case d.way.part:
		o.part()
	case d.way.file != nil:
		o.file()
	}
	return o
}

// part finds the ends of a part, in the table's own order, and the rows between them.
func (o *oracle) part() {
	from, to := o.drawn.way.from, o.drawn.way.to
	if from >= 0 && to >= 0 && len(o.numbers(o.beside("<", to)+" AND nr = "+strconv.Itoa(from))) == 0 {
		from, to = to, from
	}
	conditions := []string{"1 = 1"}
	if text, fits := o.written(from); fits {
		o.extent.from = text
		conditions = append(conditions, o.beside(">=", from))
	}
	if text, fits := o.written(to); fits {
		o.extent.to = text
		conditions = append(conditions, o.beside("<=", to))
	}
	o.scope = o.numbers(strings.Join(conditions, " AND "))
}

// beside compares the key with that of a row.
func (o *oracle) beside(operator string, number int) string {
	t := o.drawn.table
	return fmt.Sprintf("%s %s (SELECT %s FROM %s AS other WHERE other.nr = %d)", t.keyTuple(), operator, t.keyList(), t.tableName(), number)
}

// file writes a file of ids.
func (o *oracle) file() {
	o.scope = nil
	for _, number := range o.drawn.way.file {
		if text, fits := o.written(number); fits {
			o.extent.lines = append(o.extent.lines, text)
			o.scope = append(o.scope, number)
		}
	}
	if len(o.extent.lines) == 0 {
		o.scope = o.taken
	}
}

// written is the key of a row as a person writes it, if a line can hold it.
func (o *oracle) written(number int) (string, bool) {
	if !slices.Contains(o.taken, number) {
		return "", false
	}
	t := o.drawn.table
	parts := make([]string, len(t.keys))
	for i, one := range t.keys {
		rows := o.copy.rows(o.t, fmt.Sprintf("SELECT %s FROM %s WHERE nr = %d", t.dialect.text(one.quoted(t), one.kind), t.tableName(), number))
		if len(rows) != 1 || !plain(rows[0], one.kind.bytes) {
			return "", false
		}
		parts[i] = rows[0]
	}
	text := strings.Join(parts, "\t")
	return text, strings.TrimSpace(text) != "" && text == strings.TrimRight(text, "\t")
}

// plain reports whether a text can stand in a line of a file of ids. One that begins as
// hexadecimal digits do (\x) is read as such.
func plain(text string, bytes bool) bool {
	return text != "" && (bytes || !strings.HasPrefix(text, `\x`)) && strings.ToValidUTF8(text, "") == text && !strings.ContainsAny(text, "\t\n\r\x00\ufeff")
}

// numbers are those of the rows that a condition is true of.
func (o *oracle) numbers(condition string) []int {
	var found []int
	for _, text := range o.copy.rows(o.t, fmt.Sprintf("SELECT nr FROM %s WHERE %s ORDER BY nr", o.drawn.table.tableName(), condition)) {
		number, err := strconv.Atoi(text)
		if err != nil {
			o.t.Fatal(err)
		}
		found = append(found, number)
	}
	return found
}

// apply makes the change on the copy.
func (o *oracle) apply() {
	o.migrated, o.failed, o.matched, o.left = nil, nil, 0, 0
	c := o.drawn.change
	where := "1 = 1"
	if c.where != "" {
		where = c.where
	}
	matching, needed := o.numbers(where), o.numbers(c.needed())
	scope := slices.Clone(o.scope)
	slices.Sort(scope)
	for _, number := range slices.Compact(scope) {
		if !slices.Contains(matching, number) {
			continue
		}
		o.matched++
		if slices.Contains(needed, number) {
			o.applyTo(number)
		}
	}
	for _, number := range o.numbers(c.needed()) {
		if slices.Contains(o.migrated, number) {
			o.left++
		}
	}
}

// applyTo makes the change of a row that needs it.
func (o *oracle) applyTo(number int) {
	c := o.drawn.change
	mine := fmt.Sprintf("nr = %d AND %s", number, c.needed())
	if c.form == inGo && c.refused(strconv.Itoa(number)) {
		o.failed = append(o.failed, number)
		return
	}
	found, err := o.copy.try(fmt.Sprintf("UPDATE %s SET %s WHERE %s", c.table.tableName(), c.assigned(), mine))
	switch {
	case err != nil:
		o.failed = append(o.failed, number)
	case found == 0 && (c.need != always || c.form == inGo) && len(o.numbers(mine)) > 0: // a trigger or a policy leaves it as it is
		o.failed = append(o.failed, number)
	case found > 0:
		o.migrated = append(o.migrated, number)
		if c.notes {
			o.copy.do(o.t, fmt.Sprintf("INSERT INTO notes SELECT nr FROM %s WHERE nr = %d", c.table.tableName(), number))
		}
	}
}

// keptBack are rows that a statement without a check and without a condition of its own has
// named and a trigger has kept from it: they fail. One plain statement leaves them out
// without a word, so that the oracle takes them for rows that need nothing.
func (o *oracle) keptBack(failed int64) int64 {
	if o.drawn.change.need != always || o.drawn.change.form == inGo {
		return 0
	}
	return max(0, failed-int64(len(o.failed)))
}

func (o *oracle) looks() bool {
	return o.drawn.change.form != inGo && o.drawn.change.need != always
}

func (o *oracle) takeMarksBack() {
	back := fmt.Sprintf("UPDATE %s SET %s = NULL WHERE nr %% 2 = 0", o.drawn.table.tableName(), markColumn)
	_, one := o.base.try(back)
	_, other := o.copy.try(back)
	if (one == nil) != (other == nil) {
		o.t.Fatalf("the copy differs: %v, %v", one, other)
	}
}

// undo takes the change of the rows back that have it.
func (o *oracle) undo() (taken int, by migration.Migration) {
	c := o.drawn.change
	for _, number := range o.migrated {
		if found, err := o.copy.try(fmt.Sprintf("UPDATE %s SET %s WHERE nr = %d", c.table.tableName(), c.taken(), number)); err == nil && found > 0 {
			taken++
		}
	}
	return taken, c.undo()
}

// siteWrites repeats the site's writes.
func (o *oracle) siteWrites(happened []disturbance) {
	for _, one := range happened {
		siteWrite(o.copy, o.drawn.table, one)
	}
}

// siteWrite is a write of the site's; a trigger may refuse it.
func siteWrite(place site, t table, one disturbance) {
	switch one.what {
	case siteWrites:
		_, _ = place.try(fmt.Sprintf("UPDATE %s SET %s = %s + 1 WHERE nr = %d", t.tableName(), siteColumn, siteColumn, one.row))
	case siteRespells:
		respell(place, t, one.row)
	}
}

// respell writes the texts of a row's key in capitals, where these are the same key.
func respell(place site, t table, number int) {
	for _, key := range t.keys {
		for _, pattern := range key.kind.changes {
			if strings.EqualFold(pattern, "upper(%s)") {
				name := key.quoted(t)
				other := strings.ReplaceAll(pattern, "%s", name)
				_, _ = place.try(fmt.Sprintf("UPDATE %s SET %s = %s WHERE nr = %d AND %s = %s", t.tableName(), name, other, number, name, other))
			}
		}
	}
}

func (o *oracle) content() (want, got []string) {
	return content(o.t, o.copy, o.drawn.table), content(o.t, o.base, o.drawn.table)
}

// content is all that the table, the notes and the audit hold.
func content(t *rapid.T, place site, made table) []string {
	columns := []string{numberColumn, markColumn, siteColumn}
	for _, one := range append(slices.Clone(made.keys), made.columns...) {
		columns = append(columns, made.dialect.dump(one.quoted(made)))
	}
	rows := place.rows(t, fmt.Sprintf("SELECT %s FROM %s ORDER BY nr", strings.Join(columns, ", "), made.tableName()))
	for _, other := range []string{"notes", "audit"} {
		for _, row := range place.rows(t, "SELECT nr FROM "+other+" ORDER BY nr") {
			rows = append(rows, other+": "+row)
		}
	}
	return rows
}
