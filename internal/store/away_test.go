package store_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/pgtest"
	"github.com/carte-reseau/hub/internal/store"
	"github.com/carte-reseau/hub/internal/store/storetest"
)

// A PostgreSQL that stops in the midst of everything is a thing to wait for,
// whatever was asked.
func TestDatabaseThatStopsIsUnavailable(t *testing.T) {
	t.Parallel()
	server, err := pgtest.Start()
	if errors.Is(err, pgtest.ErrNoPostgres) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	s := storetest.Open(t, server.URL())
	l := storetest.Library(t, s, "mours")
	var busy sync.WaitGroup
	var mu sync.Mutex
	seen := map[cards.Code]int{}
	until := time.Now().Add(20 * time.Second)
	for w := range 4 {
		busy.Go(func() {
			for failures := 0; failures < 20 && time.Now().Before(until); {
				err := doSomething(s, l, w)
				if err == nil {
					continue
				}
				failures++
				mu.Lock()
				seen[cards.CodeOf(err)]++
				if cards.CodeOf(err) != cards.Unavailable {
					t.Errorf("%T %v", err, err)
				}
				mu.Unlock()
			}
		})
	}
	time.Sleep(300 * time.Millisecond)
	if err := server.Stop(); err != nil {
		t.Log(err)
	}
	busy.Wait()
	if seen[cards.Unavailable] == 0 {
		t.Errorf("nobody noticed: %v", seen)
	}
}

func doSomething(s *store.Store, l *cards.Library, which int) error {
	var err error
	switch which {
	case 0:
		in := storetest.Card("A1", func(c *cards.Card) { c.Phone = time.Now().String() })
		_, err = s.Apply(ctx, cards.Batch{Library: l, Moment: cards.Moment{Arrived: time.Now()}, Items: []cards.Item{{Ordinal: 1, Incoming: in}}})
	case 1:
		_, err = s.Status(ctx)
	case 2:
		_, err = s.CloseSecond(ctx)
	default:
		if _, err = s.Now(ctx); err == nil {
			err = s.Ready(ctx)
		}
	}
	return err
}

func TestDatabaseThatIsNotThere(t *testing.T) {
	t.Parallel()
	_, err := store.Open(ctx, store.Options{Database: "postgres://hub:geheim@127.0.0.1:1/hub", Secret: storetest.Secret})
	if cards.CodeOf(err) != cards.Unavailable || contains(cards.MessageOf(err), "geheim") {
		t.Errorf("%v", err)
	}
	for _, bad := range []string{"mysql://x", "postgres://:not a port:/", ""} {
		if _, err := store.Open(ctx, store.Options{Database: bad, Secret: storetest.Secret}); cards.CodeOf(err) != cards.Invalid {
			t.Errorf("%q: %v", bad, err)
		}
	}
	if _, err := store.Open(ctx, store.Options{Database: "sqlite:" + t.TempDir() + "/a.db", Secret: []byte("short")}); cards.CodeOf(err) != cards.Invalid {
		t.Errorf("a short secret: %v", err)
	}
}

// Whoever gave up waiting is told so, and holds nobody up.
func TestCancelledCallChangesNothing(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		l := storetest.Library(t, s, "mours")
		over, cancel := context.WithCancel(ctx)
		cancel()
		b := cards.Batch{Library: l, Moment: cards.Moment{Arrived: time.Now()}, Items: []cards.Item{{Ordinal: 1, Incoming: storetest.Card("A1")}}}
		if _, err := s.Apply(over, b); !errors.Is(err, context.Canceled) {
			t.Errorf("%v", err)
		}
		late, cancel := context.WithTimeout(ctx, -time.Second)
		defer cancel()
		if _, err := s.Apply(late, b); cards.CodeOf(err) != cards.Unavailable || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%v", err)
		}
		var count int64
		if err := s.Read(ctx, &count, "SELECT count(*) FROM cards"); err != nil || count != 0 {
			t.Errorf("%d cards, %v", count, err)
		}
		storetest.Send(t, s, l, storetest.Card("A1"))
	})
}
