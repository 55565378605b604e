package oaiclient

import (
	"context"

	"github.com/carte-reseau/hub/internal/cards"
)

// conclude ends the harvest under way: the library hears of what was refused, the deposit is closed, and the next window
// begins at from, or where the last one did if from is empty. Each step may be taken again after a crash.
func (r *run) conclude(ctx context.Context, from string) error {
	if r.state.Deposit != 0 {
		deposit, err := r.h.store.Deposit(ctx, r.state.Deposit)
		if err != nil {
			return err
		}
		status := cards.Integrated
		if deposit.Counts.Rejected > 0 {
			status = cards.Partial
			if err := r.giveBack(ctx, deposit); err != nil {
				return err
			}
		}
		if err := r.h.store.FinishDeposit(ctx, r.state.Deposit, status, nil); err != nil {
			return err
		}
	}
	if from == "" {
		from = r.state.From
	}
	return r.h.store.SaveHarvest(ctx, cards.Harvest{
		LibraryID: r.lib.ID, From: from, Granularity: r.state.Granularity,
	})
}
