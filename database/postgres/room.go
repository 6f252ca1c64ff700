package postgres

import (
	"context"

	"github.com/jackc/pgx/v5"
)

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
