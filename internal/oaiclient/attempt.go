package oaiclient

import (
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"net/url"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
)

// inquiry asks a library's server for the page at which a harvest stands.
type inquiry struct {
	h        *Harvester
	lib      *cards.Library
	host     string
	log      *slog.Logger
	state    cards.Harvest
	listSize int64         // what the last page that said so announced, 0 unknown
	waited   time.Duration // because the server asked to, in the whole run
}

// fetch brings the page, read to its end once: after as many attempts and pauses as the options allow. Errors are a
// [*failure] to be dealt with, a [*NotBefore], or of our own machine.
func (q *inquiry) fetch(ctx context.Context) (*page, *contents, error) {
	args := arguments(q.lib, &q.state)
	for attempt := 1; ; attempt++ {
		p, c, err := q.fetchOnce(ctx, args, attempt >= min(2, q.h.opts.Attempts))
		var f *failure
		switch {
		case err == nil:
			q.h.metrics.request(q.lib.Code, "ok")
			return p, c, nil
		case !errors.As(err, &f):
			return nil, nil, err
		}
		q.h.metrics.request(q.lib.Code, f.remedy.String())
		q.log.InfoContext(ctx, "harvest request failed", "page", q.state.Pages+1, "attempt", attempt, "remedy", f.remedy.String(), "error", f)
		pause, err := q.pause(f, attempt)
		if err != nil {
			return nil, nil, err
		}
		if f.remedy == waitAsked {
			attempt-- // the server is well, only busy; MaxWait bounds this
		}
		if err := sleep(ctx, pause); err != nil {
			return nil, nil, err
		}
	}
}

// fetchOnce makes one attempt. If it is not the first, a page that is not well-formed is read as far as it can be.
func (q *inquiry) fetchOnce(ctx context.Context, args url.Values, again bool) (*page, *contents, error) {
	p, err := q.h.fetcher.get(ctx, q.lib, args)
	if err != nil {
		return nil, nil, err
	}
	c, err := p.readThrough(q.h.opts, q.h.opts.BatchSize)
	var f *failure
	if again && errors.As(err, &f) && f.malformed && q.h.salvage(ctx, p) == nil {
		c, err = p.readThrough(q.h.opts, q.h.opts.BatchSize)
	}
	if err == nil {
		err = q.verdict(p, c)
	}
	if err != nil {
		p.Close()
		return nil, nil, err
	}
	return p, c, nil
}

// salvage may take as long as the request did.
func (h *Harvester) salvage(ctx context.Context, p *page) error {
	ctx, cancel := context.WithTimeout(ctx, h.opts.RequestTimeout)
	defer cancel()
	return p.salvage(ctx, h.opts.TempDir)
}

// pause is how long to wait before the next attempt, or the error that there is none.
func (q *inquiry) pause(f *failure, attempt int) (time.Duration, error) {
	o := q.h.opts
	switch f.remedy {
	case waitAsked:
		wait := max(f.after, o.Backoff) // 0 would be a busy loop
		if q.waited+wait > o.MaxWait {
			return 0, &NotBefore{Until: o.Now().Add(wait), Err: f.atPage(q.host, q.state.Pages+1)}
		}
		q.waited += wait
		return wait, nil
	case retry:
		if attempt >= o.Attempts {
			exhausted := *f
			exhausted.remedy = later
			return 0, &exhausted
		}
		pause := o.Backoff << (2 * (attempt - 1))
		return pause + rand.N(pause/4+1), nil //nolint:gosec // spreads load, keeps no secret
	}
	return 0, f
}

func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}
