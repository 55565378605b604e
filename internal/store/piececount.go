package store

import "context"

// PieceCount is how many pieces of a deposit are stored, which is the number of the next one: a harvest's deposit goes on
// growing after a restart.
func (s *Store) PieceCount(ctx context.Context, deposit int64) (int, error) {
	var count int
	err := s.query(ctx).Raw("SELECT count(*) FROM deposit_pieces WHERE deposit_id = ?", deposit).Scan(&count).Error
	return count, s.explain(err)
}
