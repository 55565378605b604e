package store

import (
	"context"
	"errors"
	"slices"
	"sync"
	"sync/atomic"
)

// mostTogether bounds how many calls are made as one, so that none waits long
// for the others.
const mostTogether = 256

// together makes one call of many: those that come while an earlier one is
// under way are gathered, and made at once when it is over. Nobody waits for
// company: who comes alone is served at once, and as much is gathered as the
// database is busy. The callers themselves do the work, one for all.
//
// What fails for several is tried again for each alone, so that one that cannot
// be done spoils it for nobody.
type together[Q, A any] struct {
	// all answers what was asked, one answer for each in the same order.
	all func(ctx context.Context, asked []Q) ([]A, error)

	mu      sync.Mutex
	busy    bool
	waiting []*shared[Q, A]
}

// shared is one caller's part.
type shared[Q, A any] struct {
	ctx    context.Context //nolint:containedctx // the common call ends when the last of its callers gives up
	asked  Q
	answer A
	err    error
	alone  bool          // to be tried again without the others
	leads  bool          // its turn has come to do the work
	turn   chan struct{} // closed when it is answered, or leads
}

var errBrokeOff = errors.New("store: what was done together broke off")

// gather makes a together of what answers many.
func gather[Q, A any](all func(ctx context.Context, asked []Q) ([]A, error)) *together[Q, A] {
	return &together[Q, A]{all: all}
}

// ask is one call.
func (t *together[Q, A]) ask(ctx context.Context, asked Q) (A, error) {
	c := &shared[Q, A]{ctx: ctx, asked: asked, turn: make(chan struct{})}
	if !t.begins(c) {
		select {
		case <-c.turn:
		case <-ctx.Done():
			t.leave(c)
			var none A
			return none, ctx.Err()
		}
	}
	if c.leads {
		t.lead(c)
	}
	if c.alone {
		answers, err := t.all(ctx, []Q{asked})
		if err != nil {
			return c.answer, err
		}
		return answers[0], nil
	}
	return c.answer, c.err
}

// begins has the caller lead where nobody does, else wait.
func (t *together[Q, A]) begins(c *shared[Q, A]) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.busy {
		t.waiting = append(t.waiting, c)
		return false
	}
	t.busy, c.leads = true, true
	return true
}

// leave takes out a caller that gives up. Where its turn to lead has just come,
// the next one leads; where its question is being asked by another already, the
// answer is dropped.
func (t *together[Q, A]) leave(c *shared[Q, A]) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if i := slices.Index(t.waiting, c); i >= 0 {
		t.waiting = slices.Delete(t.waiting, i, i+1)
	} else if c.leads {
		t.pass()
	}
}

// pass gives the lead to who has waited longest.
func (t *together[Q, A]) pass() {
	if len(t.waiting) == 0 {
		t.busy = false
		return
	}
	next := t.waiting[0]
	t.waiting = slices.Delete(t.waiting, 0, 1)
	next.leads = true
	close(next.turn)
}

// lead asks for the caller and all that wait.
func (t *together[Q, A]) lead(c *shared[Q, A]) {
	group := t.take(c)
	answers, err := []A(nil), errBrokeOff // also where a panic passes through
	defer func() {
		for i, member := range group {
			switch {
			case err == nil:
				member.answer = answers[i]
			case len(group) > 1:
				member.alone = true
			default:
				member.err = err
			}
			if member != c {
				close(member.turn)
			}
		}
		t.mu.Lock()
		defer t.mu.Unlock()
		t.pass()
	}()
	ctx, done := whileAnyWants(group)
	defer done()
	asked := make([]Q, len(group))
	for i, member := range group {
		asked[i] = member.asked
	}
	answers, err = t.all(ctx, asked)
}

// take is the caller with those that wait.
func (t *together[Q, A]) take(c *shared[Q, A]) []*shared[Q, A] {
	t.mu.Lock()
	defer t.mu.Unlock()
	n := min(len(t.waiting), mostTogether-1)
	group := append([]*shared[Q, A]{c}, t.waiting[:n]...)
	t.waiting = slices.Delete(t.waiting, 0, n)
	return group
}

// whileAnyWants is a context that ends when all callers gave up.
func whileAnyWants[Q, A any](group []*shared[Q, A]) (context.Context, func()) {
	if len(group) == 1 {
		return group[0].ctx, func() {}
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(group[0].ctx))
	var left atomic.Int64
	left.Store(int64(len(group)))
	stops := make([]func() bool, len(group))
	for i, member := range group {
		stops[i] = context.AfterFunc(member.ctx, func() {
			if left.Add(-1) == 0 {
				cancel()
			}
		})
	}
	return ctx, func() {
		for _, stop := range stops {
			stop()
		}
		cancel()
	}
}
