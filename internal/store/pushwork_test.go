package store_test

import (
	"fmt"
	"reflect"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/store"
	"github.com/carte-reseau/hub/internal/store/storetest"
)

// What several libraries are told at once is what each would be told alone:
// nobody is handed its own, and nobody's page ends before there is something
// on it.
func TestLibrariesAtOnePlaceAreToldWhatEachIsOwed(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		const limit = 4
		var libraries []*cards.Library
		for _, code := range []string{"beauvoir", "monnaie", "mours", "peyrins"} {
			libraries = append(libraries, storetest.Library(t, s, code))
		}
		n := 0
		give := func(l *cards.Library, count int) {
			for range count {
				n++
				storetest.Send(t, s, l, storetest.Card(fmt.Sprintf("A%d", n)))
			}
		}
		give(libraries[0], limit+2) // its whole first page is its own
		give(libraries[1], 1)
		give(libraries[2], 2)
		day := time.Now().UTC().Format(time.DateOnly)
		for round := range 3 {
			var asked []cards.PushQuery
			for _, l := range slices.Concat(libraries, libraries[:1]) {
				asked = append(asked, cards.PushQuery{LibraryID: l.ID, Place: time.UTC, Limit: limit})
			}
			works, err := s.LookTogether(ctx, asked...)
			if err != nil {
				t.Fatal(err)
			}
			for i, q := range asked {
				got := works[i]
				mark, err := s.Mark(ctx, q.LibraryID, cards.DoorPush)
				if err != nil {
					t.Fatal(err)
				}
				all, err := s.PushFeed(ctx, cards.FeedRange{LibraryID: q.LibraryID, After: mark.Seq, Day: day, Limit: 100})
				if err != nil {
					t.Fatal(err)
				}
				if got.Mark != mark.Seq || got.Day != day || time.Since(got.At).Abs() > time.Minute {
					t.Errorf("round %d, library %d stands at %+v", round, i, got)
				}
				if len(got.Feed) > limit || (len(got.Feed) == 0) != (len(all) == 0) || !sameItems(got.Feed, all[:min(len(got.Feed), len(all))]) {
					t.Errorf("round %d, library %d is told %v of %v", round, i, numbers(got.Feed), numbers(all))
				}
			}
			reached, err := s.Seq(ctx)
			if err != nil {
				t.Fatal(err)
			}
			for i, work := range works {
				if slices.ContainsFunc(work.Feed, func(item cards.FeedItem) bool { return item.Since != reached }) {
					t.Errorf("round %d, library %d: read since %d, not %d", round, i, work.Feed[0].Since, reached)
				}
				if n := len(work.Feed); n > 0 && work.Feed[n-1].Seen < work.Feed[n-1].Seq {
					t.Errorf("round %d, library %d: its page was read at %d and shows %d", round, i, work.Feed[n-1].Seen, work.Feed[n-1].Seq)
				}
			}
			// One of them goes on, to another place than the others.
			if feed := works[1].Feed; len(feed) > 0 {
				if err := s.SettlePush(ctx, libraries[1].ID, feed[0].Seq, feed[:1], nil); err != nil {
					t.Fatal(err)
				}
			}
		}
	})
}

// sameItems compares items of two pages, which show the network each up to another place.
func sameItems(a, b []cards.FeedItem) bool {
	return slices.EqualFunc(a, b, func(x, y cards.FeedItem) bool {
		x.Seen, x.Since = y.Seen, y.Since
		return reflect.DeepEqual(x, y)
	})
}

// While libraries ask and report all at once, each is handed every card of the
// others once.
func TestManyLibrariesAtOnceAreHandedEachCardOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		const libraries, given = 20, 3
		var list []*cards.Library
		for i := range libraries {
			list = append(list, storetest.Library(t, s, fmt.Sprintf("bib-%02d", i)))
		}
		for i := range given {
			storetest.Send(t, s, list[i], storetest.Card(fmt.Sprintf("A%d", i)))
		}
		var all sync.WaitGroup
		for i, l := range list {
			all.Go(func() {
				var handed []string
				for {
					work, err := s.PushWork(ctx, cards.PushQuery{LibraryID: l.ID, Place: time.UTC, Limit: 2})
					if err != nil {
						t.Error(err)
						return
					}
					if len(work.Feed) == 0 {
						break
					}
					for _, item := range work.Feed {
						handed = append(handed, item.Number)
					}
					if err := s.SettlePush(ctx, l.ID, work.Feed[len(work.Feed)-1].Seq, work.Feed, nil); err != nil {
						t.Error(err)
						return
					}
				}
				var want []string
				for n := range given {
					if n != i {
						want = append(want, fmt.Sprintf("A%d", n))
					}
				}
				if !slices.Equal(handed, want) {
					t.Errorf("library %d was handed %v, want %v", i, handed, want)
				}
			})
		}
		all.Wait()
		day, err := s.Today(ctx)
		if err != nil {
			t.Fatal(err)
		}
		for i, l := range list {
			taken := int64(given)
			if i < given {
				taken--
			}
			if a := activityOf(t, s, l, day); a.Taken != taken {
				t.Errorf("library %d took %d cards, want %d", i, a.Taken, taken)
			}
		}
	})
}
