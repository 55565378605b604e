package store

import (
	"context"

	"github.com/carte-reseau/hub/internal/cards"
)

// TakeUp goes on with what a crash left half done and no deposit or job of its
// own remembers: deliveries of everything, documents of libraries that left,
// runs of jobs that are planned no more, erasures, the names of cards from before
// there was a search. The job `depots` calls it.
func (s *Store) TakeUp(ctx context.Context) error {
	return cards.InTurn(ctx,
		func() error { return s.takeUpDeliveries(ctx) },
		func() error { return s.endLeft(ctx) },
		func() error { return s.endLeftRuns(ctx) },
		func() error { return s.takeUpErasures(ctx) },
		func() error { return s.takeUpNames(ctx) },
	)
}
