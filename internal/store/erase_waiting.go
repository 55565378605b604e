package store

import (
	"context"

	"github.com/carte-reseau/hub/internal/cards"
)

const unconfirmed = "EXISTS (SELECT 1 FROM erasure_letters l WHERE l.erasure_id = erasures.id AND l.confirmed = 0)"

// UnconfirmedErasures lists the erasures some library has not confirmed yet,
// newest first; those before an ID, or with 0 from the newest.
func (s *Store) UnconfirmedErasures(ctx context.Context, before int64, limit int) ([]cards.Erasure, error) {
	return s.erasures(ctx, "WHERE "+unconfirmed+" AND id < ? ORDER BY id DESC LIMIT ?", orNoBound(before), limit)
}
