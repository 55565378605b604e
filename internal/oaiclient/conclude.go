package oaiclient

import (
	"context"
	"fmt"

	"github.com/carte-reseau/hub/internal/cards"
)

// conclude ends the harvest under way: the library hears of what was refused, the deposit is closed, what was held is left
// to a person, and the next window begins at from, or where the last one did if from is empty. Each step may be taken again after a crash.
func (r *run) conclude(ctx context.Context, from string) error {
	if r.state.Deposit != 0 {
		if err := r.finish(ctx, r.state.Deposit, fmt.Sprintf("moisson-%d-%d", r.lib.ID, r.state.Run)); err != nil {
			return err
		}
	}
	if r.state.Held != 0 {
		if err := r.suspend(ctx); err != nil {
			return err
		}
	}
	if from == "" {
		from = r.state.From
	}
	return r.h.store.SaveHarvest(ctx, cards.Harvest{
		LibraryID: r.lib.ID, Source: r.state.Source, From: from, Granularity: r.state.Granularity,
	})
}

// finish closes a deposit that is applied; key makes the letter about its refused cards the only one.
func (r *run) finish(ctx context.Context, id int64, key string) error {
	deposit, err := r.h.store.Deposit(ctx, id)
	if err != nil {
		return err
	}
	status := cards.Integrated
	if deposit.Counts.Rejected > 0 {
		status = cards.Partial
		if err := r.giveBack(ctx, deposit, key); err != nil {
			return err
		}
	}
	return r.h.store.FinishDeposit(ctx, id, status, nil)
}
