package oaiclient

import (
	"context"

	"github.com/carte-reseau/hub/internal/cards"
)

// ahead is a page that is fetched while the one before it is applied, so that
// the library's system and the hub's database do not wait for each other. One
// that is not wanted after all is only asked for again.
type ahead struct {
	inquiry  inquiry
	stop     context.CancelFunc
	came     chan struct{}
	page     *page
	contents *contents
	err      error
	broke    any // what the fetching panicked with: that is the run's own matter
}

// lookAhead sends for the page behind next, if there is one.
func (r *run) lookAhead(ctx context.Context, next *cards.Harvest) {
	if next.Token == "" {
		return
	}
	ctx, stop := context.WithCancel(ctx)
	a := &ahead{inquiry: r.inquiry(next), stop: stop, came: make(chan struct{})}
	go func() {
		defer close(a.came)
		defer func() { a.broke = recover() }()
		a.page, a.contents, a.err = a.inquiry.fetch(ctx)
	}()
	r.ahead = a
}

// page is the page at which the harvest stands.
func (r *run) page(ctx context.Context) (*page, *contents, error) {
	a := r.ahead
	r.ahead = nil
	if a == nil {
		q := r.inquiry(&r.state)
		p, c, err := q.fetch(ctx)
		r.waited = q.waited
		return p, c, err
	}
	defer a.stop()
	<-a.came
	if a.broke != nil {
		panic(a.broke)
	}
	r.waited = a.inquiry.waited
	return a.page, a.contents, a.err
}

// drop gives up a page that nobody will take.
func (a *ahead) drop() {
	if a == nil {
		return
	}
	a.stop()
	<-a.came
	if a.err == nil && a.broke == nil {
		a.page.Close()
	}
}

func (r *run) inquiry(state *cards.Harvest) inquiry {
	return inquiry{h: r.h, lib: r.lib, host: r.host, log: r.log, state: *state, listSize: r.listSize, waited: r.waited}
}
