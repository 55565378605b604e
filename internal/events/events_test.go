package events_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/events"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// network is what is watched: each event put in is found by every watcher.
type network struct {
	mu       sync.Mutex
	happened []cards.Event
	looks    atomic.Int64
	watchers atomic.Int64
	fails    atomic.Bool
	hangs    chan struct{} // looks wait until it is closed; nil: they do not
}

// wantLooks waits until so many looks have begun in all.
func (n *network) wantLooks(t *testing.T, want int64) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); n.looks.Load() < want; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("nobody looks")
		}
	}
}

func (n *network) happens(ids ...int64) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, id := range ids {
		n.happened = append(n.happened, cards.Event{Kind: cards.EventRun, ID: id})
	}
}

func (n *network) watch() events.Watcher {
	n.watchers.Add(1)
	return &watcher{network: n, seen: -1}
}

type watcher struct {
	network *network
	seen    int
}

func (w *watcher) Look(context.Context) ([]cards.Event, error) {
	w.network.looks.Add(1)
	if w.network.hangs != nil {
		<-w.network.hangs
	}
	if w.network.fails.Load() {
		return nil, errors.New("the database is away")
	}
	w.network.mu.Lock()
	defer w.network.mu.Unlock()
	if w.seen < 0 {
		w.seen = len(w.network.happened)
		return nil, nil
	}
	found := w.network.happened[w.seen:]
	w.seen = len(w.network.happened)
	return found, nil
}

// live runs a broadcaster until the test, or end, ends it.
func live(t *testing.T, n *network, o events.Options) (b *events.Broadcaster, end func()) {
	t.Helper()
	if o.Every == 0 {
		o.Every = time.Millisecond
	}
	b = events.New(n.watch, o)
	ctx, cancel := context.WithCancel(t.Context())
	var running sync.WaitGroup
	running.Go(func() {
		if err := b.Run(ctx); err != nil {
			t.Error(err)
		}
	})
	end = func() { cancel(); running.Wait() }
	t.Cleanup(end)
	return b, end
}

func listen(ctx context.Context, t *testing.T, b *events.Broadcaster) <-chan cards.Event {
	t.Helper()
	heard, err := b.Listen(ctx)
	if err != nil {
		t.Fatal(err)
	}
	return heard
}

func wantEvent(t *testing.T, heard <-chan cards.Event, id int64) {
	t.Helper()
	select {
	case e, open := <-heard:
		if !open || e.ID != id {
			t.Errorf("heard %+v, open %v, want %d", e, open, id)
		}
	case <-time.After(10 * time.Second):
		t.Errorf("%d was never heard", id)
	}
}

func wantClosed(t *testing.T, heard <-chan cards.Event) {
	t.Helper()
	deadline := time.After(10 * time.Second)
	for {
		select {
		case _, open := <-heard:
			if !open {
				return
			}
		case <-deadline:
			t.Error("the stream never ended")
			return
		}
	}
}

func TestEverybodyHearsWhatHappensOnceTheyListen(t *testing.T) {
	n := &network{}
	b, _ := live(t, n, events.Options{})
	n.happens(1)
	first := listen(t.Context(), t, b)
	n.happens(2)
	wantEvent(t, first, 2)
	second := listen(t.Context(), t, b)
	n.happens(3)
	wantEvent(t, first, 3)
	wantEvent(t, second, 3)
	if n.watchers.Load() != 1 {
		t.Errorf("%d watchers", n.watchers.Load())
	}
}

// Nobody listens: nobody looks. Who comes back is told nothing old.
func TestNobodyIsWatchedForNobody(t *testing.T) {
	n := &network{}
	b, _ := live(t, n, events.Options{})
	ctx, leave := context.WithCancel(t.Context())
	heard := listen(ctx, t, b)
	leave()
	wantClosed(t, heard)
	before := n.looks.Load()
	n.happens(1)
	again := listen(t.Context(), t, b) // its own first look
	if looks := n.looks.Load(); looks > before+3 || n.watchers.Load() != 2 {
		t.Errorf("%d looks while nobody listened, %d watchers", looks-before, n.watchers.Load())
	}
	n.happens(2)
	wantEvent(t, again, 2)
}

func TestWhoDoesNotKeepUpIsLetGo(t *testing.T) {
	n := &network{}
	b, _ := live(t, n, events.Options{Buffer: 2})
	slow, quick := listen(t.Context(), t, b), listen(t.Context(), t, b)
	for id := range int64(4) {
		n.happens(id)
		wantEvent(t, quick, id)
	}
	wantClosed(t, slow)
	n.happens(9)
	wantEvent(t, quick, 9)
}

func TestTheEndLetsEverybodyGo(t *testing.T) {
	n := &network{}
	b, end := live(t, n, events.Options{})
	heard := listen(t.Context(), t, b)
	end()
	wantClosed(t, heard)
	if _, err := b.Listen(t.Context()); cards.CodeOf(err) != cards.Unavailable {
		t.Errorf("who comes too late: %v", err)
	}
}

func TestADatabaseThatIsAwayIsAskedAgain(t *testing.T) {
	n := &network{}
	b, _ := live(t, n, events.Options{})
	n.fails.Store(true)
	if _, err := b.Listen(t.Context()); err == nil {
		t.Error("listening to what cannot be watched")
	}
	n.fails.Store(false)
	heard := listen(t.Context(), t, b)
	n.fails.Store(true)
	n.happens(1)
	n.wantLooks(t, n.looks.Load()+3)
	n.fails.Store(false)
	wantEvent(t, heard, 1)
}

// A database that is away for an hour is one story, not one for each look.
func TestTroubleIsToldOnceAndWhenItIsOver(t *testing.T) {
	n := &network{}
	var log bytes.Buffer // read once nobody writes it any more
	b, end := live(t, n, events.Options{Logger: slog.New(slog.NewTextHandler(&log, nil))})
	heard := listen(t.Context(), t, b)
	for id := range int64(2) {
		n.fails.Store(true)
		n.wantLooks(t, n.looks.Load()+5)
		n.happens(id)
		n.fails.Store(false)
		wantEvent(t, heard, id)
	}
	end()
	if told, over := strings.Count(log.String(), "level=WARN"), strings.Count(log.String(), "level=INFO"); told != 2 || over != 2 {
		t.Errorf("told %d times, over %d times:\n%s", told, over, log.String())
	}
}

// Whoever goes while the database does not answer need not wait until it does; nobody is sent what they would have heard.
func TestWhoGoesWhileTheDatabaseHangsIsNotKept(t *testing.T) {
	n := &network{hangs: make(chan struct{})}
	b, _ := live(t, n, events.Options{Most: 1})
	ctx, leave := context.WithCancel(t.Context())
	gone := make(chan error, 1)
	go func() {
		_, err := b.Listen(ctx)
		gone <- err
	}()
	n.wantLooks(t, 1)
	leave()
	select {
	case err := <-gone:
		if !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
	case <-time.After(10 * time.Second):
		t.Error("kept until the database answers")
		close(n.hangs)
		return
	}
	close(n.hangs)
	for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(time.Millisecond) { // its place is free
		if _, err := b.Listen(t.Context()); err == nil {
			return
		} else if time.Now().After(deadline) {
			t.Fatal(err)
		}
	}
}

func TestNotEverybodyMayListen(t *testing.T) {
	b, _ := live(t, &network{}, events.Options{Most: 1})
	ctx, leave := context.WithCancel(t.Context())
	heard := listen(ctx, t, b)
	if _, err := b.Listen(t.Context()); cards.CodeOf(err) != cards.Unavailable {
		t.Error(err)
	}
	leave()
	wantClosed(t, heard)
	listen(t.Context(), t, b)
}

// Many come and go while things happen and the hub ends: nobody is left waiting.
func TestManyComeAndGo(t *testing.T) {
	n := &network{}
	b, end := live(t, n, events.Options{Buffer: 1})
	var all sync.WaitGroup
	for i := range 50 {
		all.Go(func() {
			ctx, leave := context.WithTimeout(t.Context(), time.Duration(i%7)*time.Millisecond)
			defer leave()
			heard, err := b.Listen(ctx)
			if err != nil {
				return
			}
			n.happens(int64(i))
			for range heard { // until it ends
			}
		})
	}
	time.AfterFunc(20*time.Millisecond, end)
	all.Wait()
}
