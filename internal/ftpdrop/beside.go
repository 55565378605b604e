package ftpdrop

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
)

// retryAfter is how long a large file waits that came to no end, while others are
// at work.
const retryAfter = time.Minute

// beside are the large files on their way while rounds go on: a million cards
// take minutes, which are their library's own. They are fetched one at a time,
// over one connection besides the round's, and integrated over none, one of each
// library at a time, for its files keep their order. The rounds conclude: they
// alone remember files, and delete them.
type beside struct {
	poller *Poller
	line   chan struct{} // full while the connection is in use
	ended  chan *large

	// What follows is the rounds'.
	running  int
	arrived  []*large             // ended, to be concluded
	held     map[int64]bool       // libraries whose files wait until the large one is concluded
	waiting  map[string]time.Time // by path: large files that came to no end, and until when they wait
	failures map[string]error     // by path
	broke    any                  // what the program broke with over a file
	alone    bool                 // the server lets the hub in once only
	again    bool                 // files that waited may be taken
}

// large is a large file on its way.
type large struct {
	taking
	alone bool // no second connection was to be had
	broke any
}

func newBeside(p *Poller) *beside {
	return &beside{
		poller: p, line: make(chan struct{}, 1), ended: make(chan *large),
		held: map[int64]bool{}, waiting: map[string]time.Time{}, failures: map[string]error{},
	}
}

// take has a file fetched and integrated meanwhile. A panic over it is not to
// end the hub.
func (b *beside) take(ctx context.Context, t *taking) {
	b.held[t.lib.ID] = true
	b.running++
	go func() {
		l := &large{taking: *t}
		defer func() {
			l.broke = recover()
			b.ended <- l
		}()
		b.bring(ctx, l)
	}()
}

func (b *beside) bring(ctx context.Context, l *large) {
	r := &round{Poller: b.poller, session: b.poller.newSession(ctx)}
	b.fetch(ctx, r, l)
	if !l.alone {
		r.integrate(ctx, &l.taking)
	}
}

// fetch waits for the connection. A server that has just been left may not have
// noticed, and is asked a second time.
func (b *beside) fetch(ctx context.Context, r *round, l *large) {
	select {
	case b.line <- struct{}{}:
	case <-ctx.Done():
		l.err = ctx.Err()
		return
	}
	defer func() { <-b.line }()
	defer r.session.drop()
	if l.alone = !r.session.alive() && (!pause(ctx, r.opt.Settle) || !r.session.alive()); !l.alone {
		r.fetch(ctx, &l.taking)
	}
}

// holds reports whether a library's files wait.
func (b *beside) holds(lib *cards.Library) bool { return b.held[lib.ID] }

// any reports whether the files of any library wait.
func (b *beside) any() bool { return len(b.held) > 0 }

// arrivals are the files that have ended by now.
func (b *beside) arrivals() []*large {
	for {
		select {
		case l := <-b.ended:
			b.arrive(l)
		default:
			arrived := b.arrived
			b.arrived = nil
			return arrived
		}
	}
}

func (b *beside) arrive(l *large) {
	b.running--
	b.arrived = append(b.arrived, l)
}

// wait waits until a file ends, or for the time rounds are apart. It reports
// whether there is anything for another round.
func (b *beside) wait(ctx context.Context, apart time.Duration) bool {
	if b.again {
		b.again = false
		return ctx.Err() == nil
	}
	if b.running == 0 {
		return false
	}
	timer := time.NewTimer(apart)
	defer timer.Stop()
	select {
	case l := <-b.ended:
		b.arrive(l)
	case <-timer.C:
	case <-ctx.Done():
		return false
	}
	return true
}

// trouble is what failed and was not made good since. What the program broke
// with breaks in who waits for it.
func (b *beside) trouble() error {
	if b.broke != nil {
		panic(b.broke)
	}
	return errors.Join(slices.Collect(maps.Values(b.failures))...)
}

// stop waits for what is at work, whose context has ended. The next process goes
// on from there.
func (b *beside) stop() {
	for ; b.running > 0; b.running-- {
		<-b.ended
	}
}

// waits reports whether a folder's files wait for its library's large one.
func (r *round) waits(f *visited) bool { return f.library != nil && r.large.holds(f.library) }

// concludeLarge concludes the large files that have ended. It returns the folders
// whose files waited for them, but those that still have their turn.
func (r *round) concludeLarge(ctx context.Context, queue []*visited) (again []folder) {
	if ctx.Err() != nil {
		return nil
	}
	for _, l := range r.large.arrivals() {
		r.concludeOne(ctx, l)
		r.large.again = true // for those in the shared folder
		for _, f := range r.folders(r.libraries) {
			queued := func(q *visited) bool { return q.path == f.path }
			if f.library != nil && f.library.ID == l.lib.ID && !slices.ContainsFunc(queue, queued) {
				again = append(again, f)
			}
		}
	}
	return again
}

// concludeOne has a file wait that came to no end; those behind it do not.
func (r *round) concludeOne(ctx context.Context, l *large) {
	b := r.large
	delete(b.held, l.lib.ID)
	delete(b.failures, l.path)
	if l.alone {
		b.alone = true
		r.log.Warn("the FTP server lets the hub in once only: large files keep the others waiting")
		return
	}
	done, err := false, error(nil)
	if l.broke != nil {
		b.broke = l.broke
	} else if done, err = r.conclude(ctx, &l.taking); err != nil {
		b.failures[l.path] = fmt.Errorf("a file of %s: %w", l.folder.path, unnamed{err})
	}
	if !done || err != nil {
		b.waiting[l.path] = time.Now().Add(retryAfter)
	}
}
