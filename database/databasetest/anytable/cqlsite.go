package anytable

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	gocql "github.com/apache/cassandra-gocql-driver/v2"
	"golang.org/x/sync/errgroup"
	"pgregory.net/rapid"

	"db-migrate/internal/testserver/cql"
)

// cqlServer has a keyspace for all tables: to make and drop one takes long.
type cqlServer struct {
	host, keyspace string
	session        *gocql.Session
	used           map[string]bool
	// dropping are those that drop the tables of rounds before, which takes seconds.
	dropping sync.WaitGroup
}

// cqlSkew is the driver's clock skew, and how long rows rest before the run.
const cqlSkew = 5 * time.Millisecond

func newCQLServer(t *testing.T, address string) *cqlServer {
	parsed, err := url.Parse(address)
	require(t, err)
	server := &cqlServer{host: parsed.Host, keyspace: fmt.Sprintf("anytable_%d", time.Now().UnixNano()), used: map[string]bool{}}
	administrator := server.open(t, "")
	cql.Schema(t, administrator, "CREATE KEYSPACE "+server.keyspace+" WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1} AND durable_writes = false")
	t.Cleanup(func() { cql.Schema(t, administrator, "DROP KEYSPACE "+server.keyspace) })
	server.session = server.open(t, server.keyspace)
	t.Cleanup(server.dropping.Wait)
	cql.Schema(t, server.session, cqlPrelude)
	return server
}

func (s *cqlServer) open(t *testing.T, keyspace string) *gocql.Session {
	cluster := cql.Cluster(s.host)
	cluster.Keyspace = keyspace
	session, err := cluster.CreateSession()
	require(t, err)
	t.Cleanup(session.Close)
	return session
}

func require(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// free is a name that no table has had: the books know each by its name.
func (s *cqlServer) free(name string) string {
	free := name
	for number := 1; s.used[strings.ToLower(free)]; number++ {
		free = fmt.Sprintf("%s_%d", name, number)
	}
	s.used[strings.ToLower(free)] = true
	return free
}

// make makes a shape's tables.
func (s *cqlServer) make(t *testing.T, shape cqlShape) *cqlMade {
	shape.name = s.free(shape.name)
	made := &cqlMade{server: s, shape: shape, base: cqlPlace{s, cqlQuote(shape.name), s.free("notes")}, copied: cqlPlace{s, s.free("copied"), s.free("notes")}}
	for _, place := range []cqlPlace{made.base, made.copied} {
		cql.Schema(t, s.session, shape.statements(place.table, place.notes)...)
	}
	return made
}

// cqlMade is a shape whose tables there are.
type cqlMade struct {
	server       *cqlServer
	shape        cqlShape
	base, copied cqlPlace
}

// ledger is the ledger's name as the books have it; empty: nothing has begun.
func (m *cqlMade) ledger() (name string) {
	_ = m.server.session.Query("SELECT ledger FROM db_migrate_books WHERE customers = ? ALLOW FILTERING", m.server.keyspace+"."+m.shape.name).ScanContext(context.Background(), &name)
	return name
}

// drop drops the tables and the ledger. What cannot be dropped goes with the keyspace.
func (m *cqlMade) drop() {
	for _, name := range []string{m.base.table, m.base.notes, m.copied.table, m.copied.notes, cqlQuote(m.ledger())} {
		_ = m.server.do("DROP TABLE IF EXISTS " + name)
	}
}

func (s *cqlServer) count(table string) (rows int, err error) {
	err = s.session.Query("SELECT count(*) FROM "+table).ScanContext(context.Background(), &rows)
	return rows, err
}

type fatal interface {
	Helper()
	Fatalf(format string, arguments ...any)
}

func (s *cqlServer) tables(t fatal) []string {
	rows := s.session.Query("SELECT table_name FROM system_schema.tables WHERE keyspace_name = ?", s.keyspace).IterContext(context.Background())
	var names []string
	for name := ""; rows.Scan(&name); {
		names = append(names, name)
	}
	if err := rows.Close(); err != nil {
		t.Fatalf("tables: %v", err)
	}
	return names
}

// empty takes away what the case before has left, and what is known of its runs.
func (m *cqlMade) empty(t *rapid.T) {
	places := []string{m.base.table, m.copied.table}
	if m.shape.noted {
		places = append(places, m.base.notes, m.copied.notes)
	}
	for _, name := range m.server.tables(t) {
		if strings.HasPrefix(name, "db_migrate_") && name != "db_migrate_books" {
			places = append(places, cqlQuote(name))
		}
	}
	var working errgroup.Group
	for _, name := range places {
		working.Go(func() error {
			if rows, err := m.server.any(name); err != nil || !rows {
				return err
			}
			return m.server.do("TRUNCATE " + name)
		})
	}
	if err := working.Wait(); err != nil {
		t.Fatalf("the site's own statement fails: %v", err)
	}
}

func (s *cqlServer) any(table string) (bool, error) {
	rows := s.session.Query("SELECT * FROM " + table + " LIMIT 1").IterContext(context.Background())
	found := rows.NumRows() > 0
	return found, rows.Close()
}

// do runs a statement. The comment keeps the client library from preparing it, since a
// node keeps what is prepared.
func (s *cqlServer) do(text string) error {
	if err := s.session.Query("/**/ " + text).ExecContext(context.Background()); err != nil {
		return fmt.Errorf("%s: %w", text, err)
	}
	return nil
}

// cqlPlace is a table with its notes, as the site sees it.
type cqlPlace struct {
	*cqlServer
	table, notes string
}

// fill writes the rows; the database refuses some of them.
func (p cqlPlace) fill(s cqlShape, rows []cqlRow, ahead string) error {
	for i, row := range rows {
		for _, text := range s.write(row, i) {
			err := p.do(strings.NewReplacer("{t}", p.table, "{ahead}", ahead).Replace(text))
			if err != nil && !invalid(err) {
				return err
			}
		}
	}
	return nil
}

// invalid reports whether the database refuses a statement for its values.
func invalid(err error) bool {
	var answered gocql.RequestError
	return errors.As(err, &answered) && answered.Code() == gocql.ErrCodeInvalid
}

// rawCQL is a value as it travels; nil is null.
type rawCQL []byte

// MarshalCQL hands the bytes on.
func (r rawCQL) MarshalCQL(gocql.TypeInfo) ([]byte, error) { return r, nil }

// UnmarshalCQL keeps the bytes.
func (r *rawCQL) UnmarshalCQL(_ gocql.TypeInfo, data []byte) error {
	*r = nil
	if data != nil {
		*r = append(rawCQL{}, data...)
	}
	return nil
}

func (r rawCQL) text() string {
	if r == nil {
		return "null"
	}
	return "0x" + hex.EncodeToString(r)
}

func rawValues(values []rawCQL) []any {
	list := make([]any, len(values))
	for i, value := range values {
		list[i] = value
	}
	return list
}

// select returns the rows of a query.
func (s *cqlServer) selected(text string, width int, values ...any) ([][]rawCQL, error) {
	rows := s.session.Query(text, values...).IterContext(context.Background())
	var found [][]rawCQL
	for {
		row, targets := make([]rawCQL, width), make([]any, width)
		for i := range row {
			targets[i] = &row[i]
		}
		if !rows.Scan(targets...) {
			break
		}
		found = append(found, row)
	}
	if err := rows.Close(); err != nil {
		return nil, fmt.Errorf("%s: %w", text, err)
	}
	return found, nil
}

// change runs a statement with parameters, and reports whether it was applied.
func (s *cqlServer) change(statement cqlStatement, text string, values []any) (applied bool, err error) {
	rows := s.session.Query(text, values...).NoSkipMetadata().IterContext(context.Background())
	if applied = !statement.conditional(); !applied && len(rows.Columns()) > 0 {
		targets := make([]any, len(rows.Columns()))
		targets[0] = &applied
		rows.Scan(targets...)
	}
	if err = rows.Close(); err != nil {
		return false, fmt.Errorf("%s: %w", text, err)
	}
	return applied, nil
}

// cqlFound is a row as it was read.
type cqlFound struct {
	key    []rawCQL
	values map[string]rawCQL
	// ttls and dates are those of columns of one cell, in seconds and microseconds.
	ttls, dates map[string]int64
}

// isRow: a partition of static columns alone has none.
func (f cqlFound) isRow() bool {
	return !slices.ContainsFunc(f.key, func(value rawCQL) bool { return value == nil })
}

func (f cqlFound) keyText() string {
	texts := make([]string, len(f.key))
	for i, value := range f.key {
		texts[i] = value.text()
	}
	return strings.Join(texts, " ")
}

// rows are all rows of the table.
func (p cqlPlace) rows(s cqlShape) ([]cqlFound, error) {
	columns := append([]cqlColumn{{name: numberColumn}, {name: todoColumn}, {name: siteColumn}}, s.columns...)
	selected := []string{cqlList(s.keys)}
	var dated []string
	for _, one := range columns {
		if one.kind.expanded {
			selected = append(selected, "toJson("+one.quoted()+")")
		} else {
			selected = append(selected, one.quoted())
		}
		if !one.kind.cells {
			dated = append(dated, one.name)
		}
	}
	for _, name := range dated {
		selected = append(selected, "TTL("+cqlQuote(name)+")", "WRITETIME("+cqlQuote(name)+")")
	}
	width := len(s.keys) + len(columns) + 2*len(dated)
	list, err := p.selected("SELECT "+strings.Join(selected, ", ")+" FROM "+p.table, width)
	found := make([]cqlFound, len(list))
	for i, values := range list {
		one := cqlFound{key: values[:len(s.keys)], values: map[string]rawCQL{}, ttls: map[string]int64{}, dates: map[string]int64{}}
		for j, its := range columns {
			one.values[its.name] = values[len(s.keys)+j]
		}
		for j, name := range dated {
			at := len(s.keys) + len(columns) + 2*j
			one.ttls[name], one.dates[name] = wholeCQL(values[at]), wholeCQL(values[at+1])
		}
		found[i] = one
	}
	return found, err
}

// wholeCQL is a whole number's value; null is 0.
func wholeCQL(value rawCQL) int64 {
	number := int64(0)
	for i, digits := range value {
		if i == 0 {
			number = int64(int8(digits))
		} else {
			number = number<<8 | int64(digits)
		}
	}
	return number
}
