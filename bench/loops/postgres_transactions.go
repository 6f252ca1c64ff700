package loops

import (
	"context"
	"encoding/binary"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
)

// Transactions is the loop that people write: a transaction for each customer, of
// four round trips. BEGIN, the update with its check, the ledger row, COMMIT.
func (p *Postgres) Transactions(ctx context.Context) (int64, error) {
	update := "UPDATE customers SET " + Assignments + " WHERE id = $1 AND " + Needed
	enter := "INSERT INTO " + p.Ledger + " (id, " + strings.Join(p.LedgerColumns, ", ") + ") VALUES ($1, " + ones(p.LedgerColumns) + ")"
	return p.work(ctx, handSize, func(ctx context.Context, on *pgxpool.Conn, part stretch) (migrated int64, err error) {
		found, err := ids(ctx, on, part)
		for _, id := range found {
			err = pgx.BeginFunc(ctx, on, func(tx pgx.Tx) error {
				updated, err := tx.Exec(ctx, update, id)
				if err != nil || updated.RowsAffected() == 0 {
					return err
				}
				migrated++
				_, err = tx.Exec(ctx, enter, id)
				return err
			})
			if err != nil {
				return migrated, err
			}
		}
		return migrated, err
	})
}

// Statements is the same in one statement for each customer, which is a
// transaction of its own: one round trip.
func (p *Postgres) Statements(ctx context.Context) (int64, error) {
	statement := p.oneStatement()
	return p.work(ctx, handSize, func(ctx context.Context, on *pgxpool.Conn, part stretch) (migrated int64, err error) {
		found, err := ids(ctx, on, part)
		for _, id := range found {
			entered, err := on.Exec(ctx, statement, id)
			if err != nil {
				return migrated, err
			}
			migrated += entered.RowsAffected()
		}
		return migrated, err
	})
}

// OneInSQL migrates a customer in a transaction of somebody else's.
func (p *Postgres) OneInSQL(ctx context.Context, tx pgx.Tx, id int64) (int64, error) {
	entered, err := tx.Exec(ctx, p.oneStatement(), id)
	return entered.RowsAffected(), err
}

// pipelined is how many statements are under way on a connection.
const pipelined = 32

// Pipelined is the same, with 32 statements under way on each connection, each
// followed by a Sync, so that each is a transaction of its own.
func (p *Postgres) Pipelined(ctx context.Context) (int64, error) {
	statement := p.oneStatement()
	return p.work(ctx, handSize, func(ctx context.Context, on *pgxpool.Conn, part stretch) (migrated int64, err error) {
		found, err := ids(ctx, on, part)
		if err != nil {
			return 0, err
		}
		bare := on.Conn().PgConn()
		if _, err := bare.Prepare(ctx, "one", statement, nil); err != nil {
			return 0, err
		}
		for some := range slices.Chunk(found, pipelined) {
			number, err := pipeline(ctx, bare, len(some), func(i int) [][]byte { return [][]byte{binaryID(some[i])} }, []int16{pgx.BinaryFormatCode})
			if err != nil {
				return migrated, err
			}
			migrated += number
		}
		return migrated, bare.Deallocate(ctx, "one")
	})
}

func binaryID(id int64) []byte { return binary.BigEndian.AppendUint64(nil, uint64(id)) }

// pipeline sends the prepared statement «one» so many times, each as a transaction
// of its own, and reads all the answers.
func pipeline(ctx context.Context, on *pgconn.PgConn, count int, arguments func(int) [][]byte, formats []int16) (int64, error) {
	sending := on.StartPipeline(ctx)
	for i := range count {
		sending.SendQueryPrepared("one", arguments(i), formats, nil)
		sending.SendPipelineSync()
	}
	if err := sending.Flush(); err != nil {
		return 0, err
	}
	migrated := int64(0)
	for range 2 * count {
		switch answer, err := sending.GetResults(); answer := answer.(type) {
		case *pgconn.ResultReader:
			tag, err := answer.Close()
			if err != nil {
				return migrated, err
			}
			migrated += tag.RowsAffected()
		case *pgconn.PipelineSync:
		default:
			return migrated, fmt.Errorf("the pipeline answered %T: %w", answer, err)
		}
	}
	return migrated, sending.Close()
}
