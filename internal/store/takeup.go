package store

import (
	"context"
	"errors"
)

// TakeUp goes on with what a crash left half done and no deposit or job of its
// own remembers: deliveries of everything, documents of libraries that left,
// erasures, the names of cards from before there was a search. The job `depots`
// calls it.
func (s *Store) TakeUp(ctx context.Context) error {
	return errors.Join(s.takeUpDeliveries(ctx), s.endLeft(ctx), s.takeUpErasures(ctx), s.takeUpNames(ctx))
}
