package store

import (
	"context"
	"database/sql/driver"
	"errors"
	"io"
	"net"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/ncruces/go-sqlite3"
	"github.com/pressly/goose/v3"
)

// dialect holds the few words in which the two databases differ.
type dialect struct {
	folder string // of the migrations
	goose  goose.Dialect
	// nowSeconds and nowMicros read the database's clock as the statement runs,
	// not as the transaction began.
	nowSeconds string
	nowMicros  string
	greatest   string
	// forUpdate locks a row against other writers, but not against rows of other
	// tables that refer to it: hand_again rows are entered under the clock's
	// lock, while a writer that waits for the clock holds their cards.
	forUpdate string
	forShare  string
	// forFree locks of several rows those that nobody else holds: who holds many
	// must not wait for one.
	forFree string
	// reserve takes identifiers for so many cards that are inserted later; meet
	// waits for all who did so and keeps further ones out (see apply_born.go).
	// Both are empty where there is one writer.
	reserve, meet string
	// entered is the number of the row the connection has just entered.
	entered string
	// naming waits for whoever is giving establishments to a library.
	naming string
	// planOnce has a transaction use plans made once for all values: planning
	// for those at hand takes longer than to read a few rows.
	planOnce string
	// notAwaited does so too, and has the commit not wait for the disk; the
	// commits behind it do.
	notAwaited string
	// copies is set where many rows are written by COPY.
	copies bool
	// single is set where the database has room for one writer only.
	single bool
}

// newcomers is the number of the advisory lock of PostgreSQL that whoever
// brings new cards holds.
const newcomers = "7236100"

// establishments is that of the one whoever gives a library establishments
// holds.
const establishments = "7236101"

var postgresql = dialect{
	folder: "postgres", goose: goose.DialectPostgres,
	nowSeconds: "floor(extract(epoch FROM clock_timestamp()))::bigint",
	nowMicros:  "(extract(epoch FROM clock_timestamp()) * 1000000)::bigint",
	greatest:   "greatest", forUpdate: " FOR NO KEY UPDATE", forShare: " FOR SHARE",
	forFree: " FOR NO KEY UPDATE SKIP LOCKED",
	copies:  true,
	reserve: "SELECT nextval('cards_id_seq') FROM (SELECT pg_advisory_xact_lock_shared(" + newcomers + ")) l, generate_series(1, ?)",
	meet:    "SELECT pg_advisory_xact_lock(" + newcomers + ")",
	entered: "lastval()",
	naming:  "SELECT pg_advisory_xact_lock(" + establishments + ")",

	planOnce:   "SELECT set_config('plan_cache_mode', 'force_generic_plan', true)",
	notAwaited: "SELECT set_config('plan_cache_mode', 'force_generic_plan', true), set_config('synchronous_commit', 'off', true)",
}

var sqlite = dialect{
	folder: "sqlite", goose: goose.DialectSQLite3,
	nowSeconds: "unixepoch('now')",
	nowMicros:  "CAST(unixepoch('now', 'subsec') * 1000000 AS INTEGER)",
	greatest:   "max", entered: "last_insert_rowid()", single: true,
}

// PostgreSQL error codes after which the same transaction may succeed. A foreign
// key fails where a card was erased after the transaction had found it.
const (
	serializationFailure = "40001"
	deadlockDetected     = "40P01"
	foreignKeyViolation  = "23503"
)

// transient reports whether the transaction lost a race with another one and
// may simply be tried again.
func transient(err error) bool {
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		return pg.Code == serializationFailure || pg.Code == deadlockDetected || pg.Code == foreignKeyViolation
	}
	return errors.Is(err, sqlite3.BUSY) || errors.Is(err, sqlite3.LOCKED) || errors.Is(err, errRaced)
}

// unreachable reports whether the database could not be asked at all.
func unreachable(err error) bool {
	var connect *pgconn.ConnectError
	var network *net.OpError
	var pg *pgconn.PgError
	switch {
	case errors.As(err, &connect), errors.As(err, &network), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF),
		errors.Is(err, net.ErrClosed), errors.Is(err, driver.ErrBadConn), errors.Is(err, context.DeadlineExceeded):
		return true
	case errors.Is(err, sqlite3.CANTOPEN):
		return true
	case errors.As(err, &pg):
		const connectionException, operatorIntervention, insufficientResources, idleTransaction = "08", "57", "53", "25P03"
		return pg.Code == idleTransaction || strings.HasPrefix(pg.Code, connectionException) || strings.HasPrefix(pg.Code, operatorIntervention) ||
			strings.HasPrefix(pg.Code, insufficientResources)
	}
	return pgconn.SafeToRetry(err)
}
