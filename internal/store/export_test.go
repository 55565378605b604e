package store

import (
	"context"
	"database/sql"

	"github.com/carte-reseau/hub/internal/cards"
)

// Read runs a query of a test against the store's own database.
func (s *Store) Read(ctx context.Context, into any, query string, args ...any) error {
	return s.query(ctx).Raw(query, args...).Scan(into).Error
}

// Exec runs a statement of a test against the store's own database.
func (s *Store) Exec(ctx context.Context, query string, args ...any) error {
	return s.query(ctx).Exec(query, args...).Error
}

// OnEveryConnection runs a statement on as many connections as the store may have from now on.
func (s *Store) OnEveryConnection(ctx context.Context, statement string) error {
	const most = 8
	db, err := s.db.DB()
	if err != nil {
		return err
	}
	db.SetMaxOpenConns(most)
	return onConnections(ctx, db, most, statement)
}

// onConnections takes one connection and holds it while it goes on with the others.
func onConnections(ctx context.Context, db *sql.DB, left int, statement string) error {
	if left == 0 {
		return nil
	}
	conn, err := db.Conn(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }()
	if _, err := conn.ExecContext(ctx, statement); err != nil {
		return err
	}
	return onConnections(ctx, db, left-1, statement)
}

// OnPostgres reports which of the two databases it is.
func (s *Store) OnPostgres() bool { return !s.dialect.single }

// MakesRooms has the store make the rows of new cards before it decides, as it
// does where writers meet.
func (s *Store) MakesRooms() { s.dialect.reserve = "" }

// CountPortion is CountStatistics with portions of another size.
func (s *Store) CountPortion(ctx context.Context, portion int) (more bool, err error) {
	return s.countPortion(ctx, portion)
}

// ForgetOwed has the next status count what libraries are owed, however lately
// that was done.
func (s *Store) ForgetOwed() { s.owedCounts.Store(nil) }

// Gather is a together as its callers see it.
func Gather[Q, A any](all func(ctx context.Context, asked []Q) ([]A, error)) func(context.Context, Q) (A, error) {
	return gather(all).ask
}

// Report says that a library's system took what it was sent.
type Report struct {
	Library, Upper int64
	Delivered      []cards.FeedItem
}

// SettleTogether settles reports as when they come at one moment, and tells
// which were not left to be settled alone.
func (s *Store) SettleTogether(ctx context.Context, reports ...Report) ([]bool, error) {
	list := make([]report, len(reports))
	for i, r := range reports {
		list[i] = report{r.Library, r.Upper, r.Delivered}
	}
	return s.settleAll(ctx, list)
}

// LookTogether looks up what libraries are owed as when they ask at one moment.
func (s *Store) LookTogether(ctx context.Context, asked ...cards.PushQuery) ([]cards.PushWork, error) {
	return s.pushWorks(ctx, asked)
}
