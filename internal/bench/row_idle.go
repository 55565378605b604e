package main

import (
	"context"
	"fmt"
	"time"
)

const (
	// idleShare of one processor is near enough to zero.
	idleShare  = 0.02
	idleWindow = time.Minute
)

// measureIdle measures a hub that has come to rest. What the database works for it is told beside it, and no statement may
// read a whole large table.
func measureIdle(ctx context.Context, s *site) (f finding, err error) {
	n, err := s.huge(ctx)
	if err != nil {
		return f, err
	}
	err = s.with(ctx, "idle", n, func(h *hub) error {
		if err := s.quiet(ctx, h); err != nil {
			return err
		}
		watch, err := n.watch(ctx)
		if err != nil {
			return err
		}
		before, err := h.processor()
		if err != nil {
			return err
		}
		if err := pause(ctx, idleWindow); err != nil {
			return err
		}
		now, err := h.processor()
		if err != nil {
			return err
		}
		f.add((now - before).Seconds(), idleWindow.Seconds())
		f.missed, f.notes, err = watch.end(ctx)
		return err
	})
	return f, err
}

// quiet waits until the hub has hardly anything to do.
func (s *site) quiet(ctx context.Context, h *hub) error {
	const patience, look = 5 * time.Minute, 5 * time.Second
	for deadline := time.Now().Add(patience); ; {
		before, err := h.processor()
		if err != nil {
			return err
		}
		if err := pause(ctx, look); err != nil {
			return err
		}
		now, err := h.processor()
		if err != nil {
			return err
		}
		if (now-before).Seconds()/look.Seconds() < idleShare*2 {
			return nil
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("the hub has not come to rest within %s", patience)
		}
	}
}

func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}
