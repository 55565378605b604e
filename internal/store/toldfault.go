package store

import "context"

// ToldFault reports whether KnownFault was called for this fault before, and remembers nothing: who tells a library marks
// the fault only after the mail is queued, or a crash in between would keep it from ever being told.
func (s *Store) ToldFault(ctx context.Context, libraryID int64, hash [16]byte) (bool, error) {
	var count int
	err := s.query(ctx).Raw("SELECT count(*) FROM known_faults WHERE library_id = ? AND hash = ?", libraryID, hash[:]).Scan(&count).Error
	return count > 0, s.explain(err)
}
