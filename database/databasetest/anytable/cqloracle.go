package anytable

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	gocql "github.com/apache/cassandra-gocql-driver/v2"
	"pgregory.net/rapid"

	"db-migrate/migration"
)

// cqlOracle knows what must come of a case on Cassandra: it makes the change on the copy,
// by the same CQL for each row, or by what the change in Go means.
type cqlOracle struct {
	outcome
	t      *rapid.T
	made   *cqlMade
	change cqlChange
	// keys are the rows' keys by their places, and numbered their places by their numbers.
	keys     []string
	numbered map[int]int
	rows     map[string]cqlFound
}

func newCQLOracle(t *rapid.T, made *cqlMade, change cqlChange, one way) *cqlOracle {
	o := &cqlOracle{t: t, made: made, change: change, numbered: map[int]int{}}
	o.look()
	o.keys = slices.Sorted(maps.Keys(o.rows))
	for place, key := range o.keys {
		o.scope = append(o.scope, place)
		if number := o.rows[key].values[numberColumn]; number != nil {
			o.numbered[int(wholeCQL(number))] = place
		}
	}
	if one.file != nil {
		o.file(one.file)
	}
	return o
}

func (o *cqlOracle) must(err error) {
	o.t.Helper()
	if err != nil {
		o.t.Fatalf("the oracle's own statement fails: %v", err)
	}
}

// look reads the copy's rows.
func (o *cqlOracle) look() {
	found, err := o.made.copied.rows(o.made.shape)
	o.must(err)
	o.rows = map[string]cqlFound{}
	for _, one := range found {
		if one.isRow() {
			o.rows[one.keyText()] = one
		}
	}
}

// file writes a file of ids.
func (o *cqlOracle) file(numbers []int) {
	all := o.scope
	o.scope = nil
	for _, number := range numbers {
		place, known := o.numbered[number]
		if !known {
			continue
		}
		if text, fits := o.written(place); fits {
			o.extent.lines = append(o.extent.lines, text)
			o.scope = append(o.scope, place)
		}
	}
	if len(o.extent.lines) == 0 {
		o.scope = all
	}
}

// written is a row's key as a person writes it, if a line can hold it.
func (o *cqlOracle) written(place int) (string, bool) {
	key := o.rows[o.keys[place]].key
	parts := make([]string, len(key))
	for i, value := range key {
		its := o.made.shape.keys[i].kind
		if parts[i] = cqlWritten(its, value, place%3 == 1); !plain(parts[i], !its.text()) || its.whole() && len(value) == 0 {
			return "", false
		}
	}
	text := strings.Join(parts, "\t")
	return text, strings.TrimSpace(text) != "" && text == strings.TrimRight(text, "\t")
}

// cqlWritten is a key's value as a person writes it, in another way than db-migrate if odd.
func cqlWritten(its cqlKind, value rawCQL, odd bool) string {
	switch {
	case its.text():
		return string(value)
	case its.whole():
		text := strconv.FormatInt(wholeCQL(value), 10)
		if odd && text[0] != '-' {
			return "+0" + text
		}
		return text
	case its.id() && len(value) == 16:
		id, _ := gocql.UUIDFromBytes(value)
		if odd {
			return strings.ToUpper(id.String())
		}
		return id.String()
	case odd:
		return "0x" + strings.ToUpper(value.text()[2:])
	}
	return value.text()
}

// apply makes the change on the copy.
func (o *cqlOracle) apply() {
	o.migrated, o.failed, o.matched, o.left = nil, nil, 0, 0
	o.look()
	for _, place := range slices.Compact(slices.Sorted(slices.Values(o.scope))) {
		row, present := o.rows[o.keys[place]]
		if !present {
			continue
		}
		o.matched++
		changed, failed := o.applyTo(row)
		switch {
		case failed:
			o.failed = append(o.failed, place)
		case changed:
			o.migrated = append(o.migrated, place)
		}
	}
}

func (o *cqlOracle) applyTo(row cqlFound) (changed, failed bool) {
	if o.change.inGo {
		return o.applyGo(row)
	}
	place := o.made.copied
	if o.change.check != "" {
		text, values := o.bound(o.change.check, row)
		found, err := place.selected(text, len(row.key), values...)
		o.must(err)
		if len(found) == 0 {
			return false, false
		}
	}
	for i, statement := range o.change.statements {
		text, values := o.bound(statement.text, row)
		applied, err := place.change(statement, text, values)
		o.must(err)
		if i == 0 && !applied {
			return false, o.change.check != "" // which has said that the row needs it
		}
		if row.ahead(statement.touches) {
			return false, true
		}
	}
	return true, false
}

// ahead reports whether one of the columns is dated in the future, where nothing replaces it.
func (f cqlFound) ahead(columns []string) bool {
	now := time.Now().Add(time.Minute).UnixMicro()
	return slices.ContainsFunc(columns, func(name string) bool { return f.dates[name] > now })
}

// bound is a statement about the copy, with its values.
func (o *cqlOracle) bound(text string, row cqlFound) (string, []any) {
	return bound(cqlFill(text, o.made.copied.table, o.made.copied.notes), row.key)
}

// applyGo does what the function in Go means.
func (o *cqlOracle) applyGo(row cqlFound) (changed, failed bool) {
	c := o.change
	if c.marked && wholeCQL(row.values[todoColumn]) != 1 {
		return false, false
	}
	planned := slices.Concat(c.reads(), c.writes())
	number := row.values[numberColumn]
	if number != nil && c.refused(fmt.Sprint(wholeCQL(number))) || c.copied.name == "" && c.value.literal == unfit || row.ahead(planned) {
		return false, true
	}
	literal, values := c.value.literal, []any{}
	if c.copied.name != "" {
		literal, values = "?", []any{o.valueOf(row, c.copied)}
	}
	o.set(row, planned, c.written.name, literal, values)
	if c.marked {
		o.set(row, planned, todoColumn, "0", nil)
	}
	return true, false
}

// valueOf is a column's value. One of no bytes is none in Go.
func (o *cqlOracle) valueOf(row cqlFound, its cqlColumn) rawCQL {
	value := row.values[its.name]
	for i, one := range o.made.shape.keys {
		if one.name == its.name {
			value = row.key[i]
		}
	}
	if len(value) == 0 && !its.kind.text() && its.kind.sql != "blob" {
		return nil
	}
	return value
}

// set writes a column of a row, to expire as it must.
func (o *cqlOracle) set(row cqlFound, planned []string, name, literal string, values []any) {
	using := ""
	if ttl := expiresIn(row, planned, name); ttl >= 0 {
		using = fmt.Sprintf(" USING TTL %d", ttl)
	}
	text := fmt.Sprintf("UPDATE %s%s SET %s = %s WHERE %s", o.made.copied.table, using, cqlQuote(name), literal, cqlEqual(o.made.shape.keys, strings.Split(strings.Repeat("?", len(row.key)), "")))
	_, err := o.made.copied.change(cqlStatement{}, text, append(values, rawValues(row.key)...))
	o.must(err)
}

// expiresIn is for how many seconds a column must live that is written: 0 is for ever, and
// -1 as the table says. One that is replaced keeps its own, and a new one has that of the last
// of those that were read.
func expiresIn(row cqlFound, planned []string, name string) int64 {
	if row.dates[name] != 0 {
		return row.ttls[name]
	}
	expires := int64(-1)
	for _, one := range planned {
		switch {
		case row.dates[one] == 0:
		case row.ttls[one] == 0:
			return 0
		default:
			expires = max(expires, row.ttls[one])
		}
	}
	return expires
}

// siteWrites repeats the site's writes.
func (o *cqlOracle) siteWrites(happened []disturbance) {
	for _, one := range happened {
		if one.what == siteWrites {
			o.must(o.siteWrite(o.made.copied, one))
		}
	}
}

// siteWrite is a write of the site's, of a row that was there at the beginning.
func (o *cqlOracle) siteWrite(place cqlPlace, one disturbance) error {
	at, known := o.numbered[one.row]
	if !known {
		return nil
	}
	return o.setOf(place, at, siteColumn, one.step)
}

func (o *cqlOracle) setOf(place cqlPlace, at int, name string, value int) error {
	where := cqlEqual(o.made.shape.keys, o.literals(at))
	return place.do(fmt.Sprintf("UPDATE %s SET %s = %d WHERE %s", place.table, name, value, where))
}

// literals are a row's key as literals.
func (o *cqlOracle) literals(at int) []string {
	var list []string
	for i, text := range strings.Split(o.keys[at], " ") {
		function := map[string]string{"varchar": "Text", "timeuuid": "Timeuuid", "uuid": "UUID", "blob": ""}
		sql := o.made.shape.keys[i].kind.sql
		name, known := function[sql]
		if !known {
			name = strings.ToUpper(sql[:1]) + sql[1:]
		}
		if name == "" {
			list = append(list, text)
		} else {
			list = append(list, "blobAs"+name+"("+text+")")
		}
	}
	return list
}

func (o *cqlOracle) takeMarksBack() {
	o.look()
	for number, at := range o.numbered {
		if _, present := o.rows[o.keys[at]]; present && number%2 == 0 {
			for _, place := range []cqlPlace{o.made.base, o.made.copied} {
				o.must(o.setOf(place, at, todoColumn, 1))
			}
		}
	}
}

// undo: there is none on Cassandra.
func (o *cqlOracle) undo() (rows int, by migration.Migration) { return 0, migration.Migration{} }

func (o *cqlOracle) keptBack(int64) int64 { return 0 }

// looks: what a check says of rows with a ledger row is not asked.
func (o *cqlOracle) looks() bool { return false }

func (o *cqlOracle) content() (want, got []string) {
	return o.contentOf(o.made.copied), o.contentOf(o.made.base)
}

func (o *cqlOracle) contentOf(place cqlPlace) []string {
	s := o.made.shape
	rows, err := place.rows(s)
	o.must(err)
	var lines []string
	for _, row := range rows {
		line := "key " + row.keyText()
		for _, name := range slices.Sorted(maps.Keys(row.values)) {
			line += fmt.Sprintf(" | %s %s", name, row.values[name].text()+lives(row.ttls[name]))
		}
		lines = append(lines, line)
	}
	if s.noted {
		notes, err := place.selected("SELECT "+cqlList(s.keys)+", noted FROM "+place.notes, len(s.keys)+1)
		o.must(err)
		for _, values := range notes {
			lines = append(lines, "note "+cqlFound{key: values}.keyText())
		}
	}
	slices.Sort(lines)
	return lines
}

// lives is about how long a cell lives.
func lives(ttl int64) string {
	for _, long := range []int64{5000, 90000, year} {
		if ttl > 0 && ttl <= long {
			return fmt.Sprintf(" for %d s", long)
		}
	}
	return ""
}
