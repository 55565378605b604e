package oaiclient

import (
	"context"
	"errors"
	"math/rand/v2"
	"net/url"
	"time"
)

// fetch brings one page, read to its end once: after as many attempts and pauses as the options allow. Errors are a
// [*failure] to be dealt with, a [*NotBefore], or of our own machine.
func (r *run) fetch(ctx context.Context, args url.Values) (*page, *contents, error) {
	for attempt := 1; ; attempt++ {
		p, c, err := r.fetchOnce(ctx, args, attempt >= min(2, r.h.opts.Attempts))
		var f *failure
		switch {
		case err == nil:
			r.h.metrics.request(r.lib.Code, "ok")
			return p, c, nil
		case !errors.As(err, &f):
			return nil, nil, err
		}
		r.h.metrics.request(r.lib.Code, f.remedy.String())
		r.log.InfoContext(ctx, "harvest request failed", "page", r.state.Pages+1, "attempt", attempt, "remedy", f.remedy.String(), "error", f)
		pause, err := r.pause(f, attempt)
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
func (r *run) fetchOnce(ctx context.Context, args url.Values, again bool) (*page, *contents, error) {
	p, err := r.h.fetcher.get(ctx, r.lib, args)
	if err != nil {
		return nil, nil, err
	}
	c, err := p.readThrough()
	var f *failure
	if again && errors.As(err, &f) && f.malformed && r.salvage(ctx, p) == nil {
		c, err = p.readThrough()
	}
	if err == nil {
		err = r.verdict(p, c)
	}
	if err != nil {
		p.Close()
		return nil, nil, err
	}
	return p, c, nil
}

// salvage may take as long as the request did.
func (r *run) salvage(ctx context.Context, p *page) error {
	ctx, cancel := context.WithTimeout(ctx, r.h.opts.RequestTimeout)
	defer cancel()
	return p.salvage(ctx, r.h.opts.TempDir)
}

// pause is how long to wait before the next attempt, or the error that there is none.
func (r *run) pause(f *failure, attempt int) (time.Duration, error) {
	o := r.h.opts
	switch f.remedy {
	case waitAsked:
		wait := max(f.after, o.Backoff) // 0 would be a busy loop
		if r.waited+wait > o.MaxWait {
			return 0, &NotBefore{Until: o.Now().Add(wait), Err: f.atPage(r.host, r.state.Pages+1)}
		}
		r.waited += wait
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
