package postgres

import (
	"context"
	"encoding/binary"
	"slices"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"db-migrate/database/driverkit"
)

// parameters collects the arguments of a statement.
type parameters struct{ driverkit.Arguments }

// text adds a text and returns its placeholder.
func (p *parameters) text(value any) string { return p.Add(value) + "::text" }

// texts adds a list of texts.
func texts(arguments *driverkit.Arguments, values []*string) string {
	return arguments.Add(textList{texts: values}) + "::text[]"
}

// all are the arguments. The first list makes room for all of them, which are put
// behind each other: each would make its own, and copy those before it. So does
// the connection's buffer (options).
func (p *parameters) all() []any {
	leading, room := -1, 0
	for i, value := range p.Values {
		list, ok := value.(textList)
		if ok && leading < 0 {
			leading = i
		}
		room += list.size() + shortArgument
	}
	if leading >= 0 {
		p.Values[leading] = textList{p.Values[leading].(textList).texts, room}
	}
	return p.Values
}

// shortArgument is more than a number takes as an argument.
const shortArgument = 24

// options are what pgx takes in front of a query's arguments.
func options(arguments []any) []any {
	taken := make([]any, 0, 2+len(arguments))
	taken = append(taken, pgx.QueryResultFormats{pgx.TextFormatCode})
	for _, argument := range arguments {
		if list, ok := argument.(textList); ok && list.room > 0 {
			taken = append(taken, room(list.room+beside))
		}
	}
	return taken
}

// textList is a list of texts on its way to PostgreSQL; nil is NULL.
type textList struct {
	texts []*string
	// room is how many bytes it and all that follows it take; 0: only itself counts.
	room int
}

// size is how many bytes the list takes on its way.
func (l textList) size() int {
	size := 20
	for _, text := range l.texts {
		if size += 4; text != nil {
			size += len(*text)
		}
	}
	return size
}

// textListCodec encodes textLists at once. pgx's own way asks for a plan for each
// element, and took a tenth of a worker's time.
type textListCodec struct{ pgtype.Codec }

// PlanEncode encodes a textList as PostgreSQL receives an array of one dimension.
func (c textListCodec) PlanEncode(types *pgtype.Map, oid uint32, format int16, value any) pgtype.EncodePlan {
	if _, ours := value.(textList); ours && format == pgtype.BinaryFormatCode {
		return encodeTextList{}
	}
	return c.Codec.PlanEncode(types, oid, format, value)
}

type encodeTextList struct{}

// Encode writes dimensions, whether there are NULLs, the elements' type, length
// and lower bound, then each element behind its length (array_send in
// PostgreSQL's arrayfuncs.c).
func (encodeTextList) Encode(value any, buffer []byte) ([]byte, error) {
	list := value.(textList)
	buffer = slices.Grow(buffer, max(list.room, list.size()))
	for _, number := range []uint32{1, 1, pgtype.TextOID, uint32(len(list.texts)), 1} {
		buffer = binary.BigEndian.AppendUint32(buffer, number)
	}
	for _, text := range list.texts {
		if text == nil {
			buffer = binary.BigEndian.AppendUint32(buffer, 1<<32-1)
			continue
		}
		buffer = binary.BigEndian.AppendUint32(buffer, uint32(len(*text)))
		buffer = append(buffer, *text...)
	}
	return buffer, nil
}

// registerTextList makes a connection use it.
func registerTextList(conn *pgx.Conn) {
	types := conn.TypeMap()
	found, ok := types.TypeForOID(pgtype.TextArrayOID)
	if ok {
		types.RegisterType(&pgtype.Type{Name: found.Name, OID: found.OID, Codec: textListCodec{found.Codec}})
	}
}

// room makes the connection's buffer large enough, in bytes, for all arguments of
// a statement before they are put into it: it would else be made anew and copied
// for each list among them. pgx takes it in front of the arguments.
type room int

// beside is more than a prepared statement takes beside its arguments.
const beside = 1024

// RewriteQuery leaves the statement as it is.
func (r room) RewriteQuery(_ context.Context, conn *pgx.Conn, text string, arguments []any) (string, []any, error) {
	conn.PgConn().Frontend().Send(r)
	return text, arguments, nil
}

// Encode adds nothing: it is a message of no bytes.
func (r room) Encode(buffer []byte) ([]byte, error) {
	if free := cap(buffer) - len(buffer); free >= int(r) {
		return buffer, nil
	}
	return append(make([]byte, 0, len(buffer)+int(r)), buffer...), nil
}

// Decode and Frontend make it one of pgx's messages to the server; none like it
// ever comes.
func (r room) Decode([]byte) error { return nil }
func (r room) Frontend()           {}
