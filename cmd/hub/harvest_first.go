package main

import (
	"context"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/store"
)

// Bounds of the wait for a harvest that a push asks for.
const (
	harvestPatience = 10 * time.Minute
	harvestLook     = 50 * time.Millisecond
)

// harvestFirst asks for a harvest of the library and waits until one that
// began after the call is complete, whichever hub does it.
func harvestFirst(ctx context.Context, s *store.Store, kick func(), lib *cards.Library) error {
	ctx, cancel := context.WithTimeout(ctx, harvestPatience)
	defer cancel()
	asked, err := s.Now(ctx)
	if err != nil {
		return err
	}
	if err := s.Wake(ctx, cards.JobHarvest, lib.ID); err != nil {
		return err
	}
	kick()
	for {
		job, err := s.Job(ctx, cards.JobHarvest, lib.ID)
		if cards.CodeOf(err) == cards.NotFound { // the library's new settings are not in the plan yet
			job, err = new(cards.Job), s.Wake(ctx, cards.JobHarvest, lib.ID)
		}
		if err != nil {
			return err
		}
		switch {
		case job.Paused:
			return cards.Errorf(cards.Unavailable, "les échanges avec %s sont suspendus", lib.Code)
		case job.LastStart.Before(asked) || job.Running:
		case !job.LastSuccess.Before(job.LastStart):
			return nil
		case !job.LastFailure.Before(job.LastStart):
			return cards.Told(cards.Unavailable, job.LastError)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(harvestLook):
		}
	}
}
