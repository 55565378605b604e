package intake

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/carte-reseau/hub/internal/cards"
)

const (
	// librariesAtOnce is how many libraries' unfinished deposits are integrated at a time: a very large one keeps its own
	// library waiting, and the machine's work bounded.
	librariesAtOnce = 4
	// resumeAtOnce is how many unfinished deposits of a library are looked up together.
	resumeAtOnce = 100
)

// Resume integrates every deposit that is stored, not finished and held by nobody: what a crash or a database that was
// away left behind, and what a person let through; of those a person judged it tells their libraries. Each library's go
// in the order they came in. One that fails, or over which the program breaks, does not keep the others from their end,
// however many there are; the errors come back together.
func (in *Inbox) Resume(ctx context.Context) error {
	libraries, err := in.store.UnfinishedLibraries(ctx)
	if err != nil {
		return fmt.Errorf("list libraries of unfinished deposits: %w", err)
	}
	errs, broke := make([]error, len(libraries)), make([]any, len(libraries))
	var lanes sync.WaitGroup
	places := make(chan struct{}, librariesAtOnce)
	for i, id := range libraries {
		places <- struct{}{}
		lanes.Go(func() {
			defer func() {
				broke[i] = recover() // what goes wrong with one library's is not to end the hub before the others are done
				<-places
			}()
			errs[i] = in.resumeBehind(ctx, id, 0)
		})
	}
	lanes.Wait()
	for _, b := range broke {
		if b != nil {
			panic(b)
		}
	}
	return errors.Join(errs...)
}

func (in *Inbox) resumeBehind(ctx context.Context, library, last int64) error {
	ids, err := in.store.UnfinishedDeposits(ctx, library, last, resumeAtOnce)
	if err != nil {
		return fmt.Errorf("list unfinished deposits of library %d: %w", library, err)
	}
	var work []func() error
	for _, id := range ids {
		work = append(work, func() error { return in.resume(ctx, id) })
	}
	if len(ids) == resumeAtOnce {
		work = append(work, func() error { return in.resumeBehind(ctx, library, ids[len(ids)-1]) })
	}
	return cards.InTurn(ctx, work...)
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
