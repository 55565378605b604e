package main

import (
	"context"
	"errors"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/jobs"
	"github.com/carte-reseau/hub/internal/oaiclient"
	"github.com/carte-reseau/hub/internal/push"
)

// Schedules of the work nobody configures. A push starts at once when there is
// something to send; its schedule is only the safety net.
const (
	pushSchedule    = "@every 5m"
	harvestSchedule = "@every 10m" // of a library that names none
	mailSchedule    = "@every 10s" // the first pause of a mail that was not taken
	depositSchedule = "@every 10s"
	endsSchedule    = "@every 10m"
	purgeSchedule   = "@every 6h"
	// likenessSchedule need not be short: a person looks at what is found. Where nothing changed it costs one question.
	likenessSchedule = "@every 10s"
	// statisticsSchedule is the same: nobody looks at figures more often.
	statisticsSchedule = "@every 10s"
)

// keepDeposits is how long the bytes of deposits, and sent mail, are kept.
const keepDeposits = 30 * 24 * time.Hour

// wantedJobs is the plan: it follows the libraries as they are added, changed
// and paused, by whatever process.
func (h *hub) wantedJobs(ctx context.Context) ([]cards.Job, error) {
	plan := []cards.Job{
		{Kind: cards.JobDeposits, Schedule: depositSchedule},
		{Kind: cards.JobEnds, Schedule: endsSchedule},
		{Kind: cards.JobPurge, Schedule: purgeSchedule},
		{Kind: cards.JobLikeness, Schedule: likenessSchedule},
		{Kind: cards.JobAlerts, Schedule: alertSchedule},
		{Kind: cards.JobStatistics, Schedule: statisticsSchedule},
	}
	if h.settings.hasMail() {
		plan = append(plan, cards.Job{Kind: cards.JobMail, Schedule: mailSchedule})
	}
	if h.settings.hasDrop() {
		plan = append(plan, cards.Job{Kind: cards.JobFTP, Schedule: h.settings.FTPSchedule})
	}
	libraries, err := h.store.Libraries(ctx)
	if err != nil {
		return nil, err
	}
	for _, l := range libraries {
		if l.Harvested() {
			schedule := l.Harvest
			if schedule == "" {
				schedule = harvestSchedule
			}
			plan = append(plan, cards.Job{Kind: cards.JobHarvest, LibraryID: l.ID, Library: l.Code, Schedule: schedule, Paused: l.Paused})
		}
		if l.Pushed() {
			plan = append(plan, cards.Job{Kind: cards.JobPush, LibraryID: l.ID, Library: l.Code, Schedule: pushSchedule, Paused: l.Paused || l.Preparing, AtOnce: true})
		}
	}
	return plan, nil
}

// handlers are for what this hub was given the means to do: the rest is left to
// others.
func (h *hub) handlers(p *parts) map[cards.JobKind]jobs.Handler {
	handlers := map[cards.JobKind]jobs.Handler{
		cards.JobHarvest: h.withLibrary(func(ctx context.Context, l *cards.Library) error { return h.harvest(ctx, p, l) }),
		cards.JobPush:    h.withLibrary(func(ctx context.Context, l *cards.Library) error { return h.push(ctx, p, l) }),
		cards.JobDeposits: func(ctx context.Context, _ cards.Job) error {
			return cards.InTurn(ctx,
				func() error { return p.inbox.Resume(ctx) },
				func() error { return p.harvester.Resume(ctx) }, // a harvest's own pages are the harvester's to read
				func() error { return h.store.TakeUp(ctx) },
			)
		},
		cards.JobEnds: func(ctx context.Context, _ cards.Job) error { return push.TellEnded(ctx, h.store, h.place) },
		cards.JobPurge: func(ctx context.Context, _ cards.Job) error {
			return cards.InTurn(ctx,
				func() error { return h.store.Purge(ctx, keepDeposits) },
				func() error { return h.forget(ctx) },
			)
		},
		cards.JobLikeness:   unlessItCanWait(h.store.LikenessesCanWait, h.store.FindLikenesses),
		cards.JobStatistics: unlessItCanWait(h.store.StatisticsCanWait, h.store.CountStatistics),
		cards.JobAlerts:     func(ctx context.Context, _ cards.Job) error { return h.alerts(ctx) },
	}
	if h.settings.hasMail() {
		handlers[cards.JobMail] = func(ctx context.Context, _ cards.Job) error { return p.sender.SendDue(ctx) }
	}
	if h.settings.hasDrop() {
		handlers[cards.JobFTP] = func(ctx context.Context, _ cards.Job) error { return p.poller.Poll(ctx) }
	}
	return handlers
}

// unlessItCanWait leaves what is no hurry to a later run.
func unlessItCanWait(can func(context.Context) (bool, error), portion func(context.Context) (more bool, err error)) jobs.Handler {
	return func(ctx context.Context, _ cards.Job) error {
		if waits, err := can(ctx); waits || err != nil {
			return err
		}
		return inPortions(ctx, portion)
	}
}

// withLibrary gives a handler its library as it is now; one removed meanwhile
// has no work left.
func (h *hub) withLibrary(do func(context.Context, *cards.Library) error) jobs.Handler {
	return func(ctx context.Context, job cards.Job) error {
		l, err := h.store.LibraryByID(ctx, job.LibraryID)
		if cards.CodeOf(err) == cards.NotFound || (err == nil && l.Paused) {
			return nil
		}
		if err != nil {
			return err
		}
		return do(ctx, l)
	}
}

// harvest fetches, and says when a server that sent the hub away is to be asked again.
func (h *hub) harvest(ctx context.Context, p *parts, l *cards.Library) error {
	err := p.harvester.Fetch(ctx, l, nil)
	var later *oaiclient.NotBefore
	if errors.As(err, &later) {
		return jobs.NotBefore(later.Until, later.Err)
	}
	return err
}

// push sends, and says when the next refused card is to be tried again.
func (h *hub) push(ctx context.Context, p *parts, l *cards.Library) error {
	_, err := p.pusher.Push(ctx, l)
	switch {
	case errors.Is(err, push.ErrMore):
		return jobs.ErrAgain
	case errors.Is(err, push.ErrBusy):
		return h.inAMoment(ctx)
	}
	if err != nil {
		return err
	}
	next, err := h.store.NextHandAgain(ctx, l.ID)
	if err != nil || next.IsZero() {
		return err
	}
	return jobs.At(next)
}

// inAMoment has a job done soon, by another hub that has a place for it or by
// this one.
func (h *hub) inAMoment(ctx context.Context) error {
	now, err := h.store.Now(ctx)
	if err != nil {
		return err
	}
	return jobs.At(now.Add(time.Second))
}

// inPortions does one portion of work; after a large import others have their
// turn in between.
func inPortions(ctx context.Context, portion func(context.Context) (more bool, err error)) error {
	more, err := portion(ctx)
	if err == nil && more {
		return jobs.ErrAgain
	}
	return err
}
