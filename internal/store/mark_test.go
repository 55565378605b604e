package store_test

import (
	"testing"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/store"
	"github.com/carte-reseau/hub/internal/store/storetest"
)

// A document of a library that arrives while its very first push ends waits for it, as it does for every later one: it has to
// know what the library was handed.
func TestADocumentWaitsForTheFirstPush(t *testing.T) {
	t.Parallel()
	database := storetest.PostgresDatabase(t)
	s := storetest.Open(t, database)
	mours, peyrins := storetest.Library(t, s, "mours", withPush), storetest.Library(t, s, "peyrins")
	storetest.Send(t, s, peyrins, storetest.Card("A1"))
	applied, ending := make(chan error, 1), false
	meanwhile := func(done bool) error {
		if done || !ending {
			return nil
		}
		ending = false
		go func() {
			_, err := s.Apply(ctx, cards.Batch{Library: mours, Door: cards.DoorImport, Moment: cards.Moment{Arrived: time.Now()}, Items: itemsOf(storetest.Card("A1"))})
			applied <- err
		}()
		for waiting := 0; waiting == 0; {
			must(t, s.Read(ctx, &waiting, "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"))
			if len(applied) > 0 {
				t.Error("the document did not wait")
				return nil
			}
		}
		return nil
	}
	pushing, err := store.Open(ctx, store.Options{Database: database, Secret: storetest.Secret, AtCommit: meanwhile})
	must(t, err)
	defer func() { must(t, pushing.Close()) }()
	items, err := pushing.PushFeed(ctx, cards.FeedRange{LibraryID: mours.ID, Day: "2024-01-01", Limit: 9})
	if err != nil || len(items) != 1 {
		t.Fatal(items, err)
	}
	ending = true
	must(t, pushing.SettlePush(ctx, mours.ID, items[0].Seq, items, nil))
	must(t, <-applied)
}

// A list that was begun before a backup was restored ends in a database that
// knows nothing of its last cards: what comes instead of them is not handed over.
func TestAListFromBeforeABackupWasRestoredMovesNoMark(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		mours, peyrins := storetest.Library(t, s, "mours"), storetest.Library(t, s, "peyrins")
		storetest.Send(t, s, mours, storetest.Card("A1"))
		const restored, gone = 1, 2
		must(t, s.FinishList(ctx, cards.List{LibraryID: peyrins.ID, Until: time.Now().Unix(), UpperSeq: restored + gone}))
		storetest.Send(t, s, mours, storetest.Card("A2"), storetest.Card("A3"))
		status, err := s.LibraryStatus(ctx, "peyrins")
		if err != nil || status.Behind != 3 || status.Pull.Seq != 0 {
			t.Errorf("%d cards behind, mark at %d, %v", status.Behind, status.Pull.Seq, err)
		}
	})
}

// A harvester asks once more for what it has had, up to a moment before the
// last change: what it holds is no less known by that, and what it types back
// is a doubt.
func TestAListThatAddsNothingLeavesKnownWhatIsHeld(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		mours, peyrins := storetest.Library(t, s, "mours"), storetest.Library(t, s, "peyrins")
		phone := phonesTo(t, s)
		phone(mours, "04 00 00 00 01")
		settle(t, s)
		_, stamp := fetch(t, s, peyrins, 0)
		phone(peyrins, "04 00 00 00 01")
		phone(mours, "04 00 00 00 02")
		settle(t, s)
		_, stamp = fetch(t, s, peyrins, stamp+1)
		before, err := s.Mark(ctx, peyrins.ID, cards.DoorPull)
		must(t, err)
		phone(mours, "04 00 00 00 03")
		must(t, s.FinishList(ctx, cards.List{LibraryID: peyrins.ID, Until: stamp, UpperSeq: before.Seq}))
		phone(peyrins, "04 00 00 00 01")
		wantDoubts(t, s, 1, "typed back")
	})
}

// A library asked for the card alone and saw what somebody had made of it: what it types back then is a doubt too.
func TestWhatIsTypedBackOverACardThatWasAskedForIsADoubt(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		mours, peyrins := storetest.Library(t, s, "mours"), storetest.Library(t, s, "peyrins")
		phone := phonesTo(t, s)
		phone(mours, "04 00 00 00 01")
		settle(t, s)
		fetch(t, s, peyrins, 0)
		phone(peyrins, "04 00 00 00 01")
		phone(mours, "04 00 00 00 02")
		phone(peyrins, "04 00 00 00 01")
		wantDoubts(t, s, 0, "sent again")
		id, err := s.OAIID(ctx, "A1")
		must(t, err)
		item, _, err := s.CardByOAIID(ctx, id)
		must(t, err)
		must(t, s.NoteAsked(ctx, peyrins.ID, item))
		phone(peyrins, "04 00 00 00 01")
		wantDoubts(t, s, 1, "typed back")
	})
}

// phonesTo has libraries send a card with a phone number.
func phonesTo(t *testing.T, s *store.Store) func(l *cards.Library, number string) {
	return func(l *cards.Library, number string) {
		t.Helper()
		storetest.Send(t, s, l, withPhone(storetest.Card("A1"), number))
	}
}

func wantDoubts(t *testing.T, s *store.Store, want int, about string) {
	t.Helper()
	if notes, err := s.Disputes(ctx, cards.DisputeQuery{Limit: 9}); err != nil || len(notes) != want {
		t.Errorf("%d doubts about what was %s, %v", len(notes), about, err)
	}
}

// What a library is pushed again moves no mark: it is kept from the first to the last version, in whatever order they came.
// A file it made before may have been put back by any of them, and it is handed what stands.
func TestWhatIsHandedAgainCrossesAFileWhateverItsOrder(t *testing.T) {
	for name, order := range map[string][]int{"not at all": nil, "as they were changed": {0, 1}, "the other way": {1, 0}} {
		t.Run(name, func(t *testing.T) {
			later(t, func(t *testing.T, s *store.Store, wait func(time.Duration)) {
				mours, monnaie := storetest.Library(t, s, "mours"), storetest.Library(t, s, "monnaie", withPush)
				storetest.Send(t, s, mours, storetest.Card("A1"))
				storetest.Send(t, s, mours, storetest.Card("B1"))
				pushed := func(after int64) []cards.FeedItem {
					items, err := s.PushFeed(ctx, cards.FeedRange{LibraryID: monnaie.ID, After: after, Day: "2024-01-01", Limit: 9})
					must(t, err)
					return items
				}
				items := pushed(0)
				must(t, s.SettlePush(ctx, monnaie.ID, items[1].Seq, items, nil))
				wait(time.Hour)
				made := timeOf(t, s)
				wait(time.Minute)
				var again []cards.FeedItem
				for _, i := range order {
					again = append(again, items[i])
				}
				must(t, s.SettlePush(ctx, monnaie.ID, 0, again, nil))
				wait(time.Minute)
				drop(t, s, monnaie, made, withPhone(storetest.Card("A1"), "04 75 00 00 02"))
				if handed := pushed(items[1].Seq); len(handed) != min(len(order), 1) {
					t.Errorf("handed %+v", handed)
				}
			})
		})
	}
}

// A report that comes twice moves no mark, and leaves known what the library was handed by the first.
func TestAReportThatComesTwiceLeavesKnownWhatIsHeld(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		mours, monnaie := storetest.Library(t, s, "mours"), storetest.Library(t, s, "monnaie", withPush)
		storetest.Send(t, s, mours, storetest.Card("A1"), storetest.Card("B1"))
		items, err := s.PushFeed(ctx, cards.FeedRange{LibraryID: monnaie.ID, Day: "2024-01-01", Limit: 9})
		must(t, err)
		refused := []cards.Refusal{{CardID: items[1].CardID, Reason: cards.Quote("nom trop long")}}
		must(t, s.SettlePush(ctx, monnaie.ID, items[1].Seq, items[:1], refused))
		email := storetest.Card("A1")
		email.Email, email.Given = "helene@example.org", cards.FieldsOf(cards.Email)
		storetest.Send(t, s, mours, email)
		must(t, s.SettlePush(ctx, monnaie.ID, items[1].Seq, nil, refused))
		storetest.Send(t, s, monnaie, withPhone(storetest.Card("A1"), "04 75 00 00 02"))
		wantWaiting(t, s, cards.Waiting{})
	})
}
