// Package events tells whoever watches the network, over whatever door, that
// something changed. One watcher looks at the database for all of them, and
// only while somebody listens: what other hubs on it did is told as well.
//
// A listener that does not keep up is let go rather than waited for: it comes
// back, and begins by reading how things are. What changed, and who may see it,
// is no business of this package.
package events

import (
	"context"
	"log/slog"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
)

// Watcher looks for what changed since it last looked. The first look only
// finds out how things are.
type Watcher interface {
	Look(ctx context.Context) ([]cards.Event, error)
}

// Options steer a Broadcaster. The zero value of each has a sensible meaning.
type Options struct {
	// Every is the pause between two looks; 1 second.
	Every time.Duration
	// Buffer is how many events a listener may be behind; 64.
	Buffer int
	// Most is how many may listen; 1000.
	Most   int
	Logger *slog.Logger
}

// Broadcaster gives one watcher's events to many listeners. Run owns all of
// its state; nothing else touches it.
type Broadcaster struct {
	watch  func() Watcher
	opts   Options
	join   chan joining
	leave  chan chan cards.Event
	ended  chan struct{}
	poll   Watcher // nil while nobody listens
	failed bool    // the last look did
	opened map[chan cards.Event]bool
}

type joining struct {
	answer chan error
	events chan cards.Event
}

// New makes a broadcaster; watch makes a watcher, anew whenever somebody begins
// to listen after nobody did.
func New(watch func() Watcher, o Options) *Broadcaster {
	const every, buffer, most = time.Second, 64, 1000
	if o.Every <= 0 {
		o.Every = every
	}
	if o.Buffer <= 0 {
		o.Buffer = buffer
	}
	if o.Most <= 0 {
		o.Most = most
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	return &Broadcaster{
		watch: watch, opts: o, join: make(chan joining), leave: make(chan chan cards.Event), ended: make(chan struct{}),
		opened: map[chan cards.Event]bool{},
	}
}

// errEnded is told to those who would listen to a hub that stops.
var errEnded = cards.Errorf(cards.Unavailable, "Le concentrateur s’arrête ; réessayez dans quelques instants.")

// Listen gives what changes from now on, until ctx ends. The channel is closed
// then, and also when the hub stops or the listener does not keep up. Whoever
// reads how things are once Listen has returned misses nothing.
func (b *Broadcaster) Listen(ctx context.Context) (<-chan cards.Event, error) {
	j := joining{answer: make(chan error, 1), events: make(chan cards.Event, b.opts.Buffer)}
	select {
	case b.join <- j:
	case <-b.ended:
		return nil, errEnded
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	stay := context.AfterFunc(ctx, func() {
		select {
		case b.leave <- j.events:
		case <-b.ended:
		}
	})
	select {
	case err := <-j.answer: // Run answers whom it took, whatever happens
		if err != nil {
			stay()
			return nil, err
		}
		return j.events, nil
	case <-ctx.Done(): // the database may be slow to say how things are
		return nil, ctx.Err()
	}
}

// Run watches until ctx ends, then lets everybody go. It is called once.
func (b *Broadcaster) Run(ctx context.Context) error {
	defer close(b.ended)
	defer b.closeAll()
	ticker := time.NewTicker(b.opts.Every)
	defer ticker.Stop()
	for {
		var tick <-chan time.Time
		if len(b.opened) > 0 {
			tick = ticker.C
		}
		select {
		case <-ctx.Done():
			return nil
		case j := <-b.join:
			j.answer <- b.admit(ctx, j.events)
		case events := <-b.leave:
			b.drop(events)
		case <-tick:
			b.look(ctx)
		}
	}
}

// admit lets a listener in. The first one has the watcher find out how things
// are, so that nothing that happens from now on is missed.
func (b *Broadcaster) admit(ctx context.Context, events chan cards.Event) error {
	if len(b.opened) >= b.opts.Most {
		return cards.Errorf(cards.Unavailable, "Trop de personnes suivent déjà le réseau en direct ; réessayez plus tard.")
	}
	if b.poll == nil {
		first := b.watch()
		if _, err := first.Look(ctx); err != nil {
			return err
		}
		b.poll = first
	}
	b.opened[events] = true
	return nil
}

// look tells everybody what changed. A database that is away is asked again:
// the watcher finds then what it missed.
func (b *Broadcaster) look(ctx context.Context) {
	found, err := b.poll.Look(ctx)
	b.note(ctx, err)
	for _, event := range found {
		for events := range b.opened {
			select {
			case events <- event:
			default:
				b.drop(events)
			}
		}
	}
}

// note tells once that looking fails, however long it does, and when it is over.
func (b *Broadcaster) note(ctx context.Context, err error) {
	switch {
	case ctx.Err() != nil:
		return
	case err != nil && !b.failed:
		b.opts.Logger.WarnContext(ctx, "the network cannot be watched; trying again", "error", err)
	case err == nil && b.failed:
		b.opts.Logger.InfoContext(ctx, "the network is watched again")
	}
	b.failed = err != nil
}

func (b *Broadcaster) drop(events chan cards.Event) {
	if !b.opened[events] {
		return // was let go before
	}
	delete(b.opened, events)
	close(events)
	if len(b.opened) == 0 {
		b.poll = nil
	}
}

func (b *Broadcaster) closeAll() {
	for events := range b.opened {
		b.drop(events)
	}
}
