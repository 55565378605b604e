package intake

import (
	"context"
	"errors"
	"fmt"

	"github.com/carte-reseau/hub/internal/cards"
)

// resumeAtOnce is how many unfinished deposits are looked up together.
const resumeAtOnce = 100

// Resume integrates every deposit that is stored, not finished and held by nobody: what a crash or a database that was
// away left behind, and what a person let through; of those a person judged it tells their libraries. One that fails does not keep the others from their end; the errors come back together.
func (in *Inbox) Resume(ctx context.Context) error {
	tried := make(map[int64]bool)
	var failures []error
	for {
		ids, err := in.store.UnfinishedDeposits(ctx, resumeAtOnce)
		if err != nil {
			return errors.Join(append(failures, fmt.Errorf("list unfinished deposits: %w", err))...)
		}
		fresh := 0
		for _, id := range ids {
			if tried[id] {
				continue
			}
			tried[id] = true
			fresh++
			if err := in.resume(ctx, id); err != nil {
				failures = append(failures, err)
			}
			if ctx.Err() != nil {
				return errors.Join(append(failures, ctx.Err())...)
			}
		}
		if fresh == 0 || len(ids) < resumeAtOnce {
			return errors.Join(failures...)
		}
	}
}

// resume integrates one deposit. One that somebody took meanwhile is theirs, and so is telling of it.
func (in *Inbox) resume(ctx context.Context, id int64) error {
	d, held, err := in.take(ctx, id)
	if held == nil {
		if cards.CodeOf(err) == cards.Conflict {
			return nil
		}
		if err != nil {
			return err
		}
		return in.conclude(ctx, d)
	}
	lib, err := in.store.LibraryByID(ctx, d.LibraryID)
	if err != nil {
		held.release(ctx)
		return fmt.Errorf("look up the library of deposit %d: %w", id, err)
	}
	if d, err = held.integrate(ctx, lib); d == nil {
		return err
	}
	if d.Judged.IsZero() {
		return in.tell(ctx, d)
	}
	return in.conclude(ctx, d)
}

// conclude tells of a deposit a person judged. Only then is it finished: a crash in between tells it again.
func (in *Inbox) conclude(ctx context.Context, d *cards.Deposit) error {
	if d.Judged.IsZero() || !finished(d) || !d.Finished.IsZero() {
		return nil
	}
	if err := in.tell(ctx, d); err != nil {
		return err
	}
	return in.store.FinishDeposit(ctx, d.ID, d.Status, d.Fault)
}

func (in *Inbox) tell(ctx context.Context, d *cards.Deposit) error {
	if in.resumed == nil {
		return nil
	}
	if err := in.resumed(ctx, d); err != nil {
		return fmt.Errorf("tell of deposit %d: %w", d.ID, err)
	}
	return nil
}
