package store

import "context"

// Read runs a query of a test against the store's own database.
func (s *Store) Read(ctx context.Context, into any, query string, args ...any) error {
	return s.query(ctx).Raw(query, args...).Scan(into).Error
}

// Exec runs a statement of a test against the store's own database.
func (s *Store) Exec(ctx context.Context, query string, args ...any) error {
	return s.query(ctx).Exec(query, args...).Error
}

// OnPostgres reports which of the two databases it is.
func (s *Store) OnPostgres() bool { return !s.dialect.single }

// CountPortion is CountStatistics with portions of another size.
func (s *Store) CountPortion(ctx context.Context, portion int) (more bool, err error) {
	return s.countPortion(ctx, portion)
}

// ForgetOwed has the next status count what libraries are owed, however lately
// that was done.
func (s *Store) ForgetOwed() { s.owedCounts.Store(nil) }
