package store_test

import (
	"testing"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/store"
	"github.com/carte-reseau/hub/internal/store/storetest"
)

// That a library asked for a card by itself no mark tells of, nor anything else: it is known as long as the card is there.
func TestWhatWasAskedForByItselfStaysKnown(t *testing.T) {
	const older, newer = "04 75 00 00 01", "04 75 00 00 02"
	type play struct {
		s              *store.Store
		mours, peyrins *cards.Library
	}
	send := func(t *testing.T, p play, l *cards.Library, in cards.Incoming) {
		t.Helper()
		_, err := p.s.Apply(ctx, cards.Batch{Library: l, Door: cards.DoorPost, Moment: cards.Moment{Arrived: timeOf(t, p.s)}, Items: itemsOf(in)})
		must(t, err)
	}
	nothing := func(*testing.T, play) {}
	for how, c := range map[string]struct{ before, since func(*testing.T, play) }{
		"erased": {nothing, func(t *testing.T, p play) {
			wantAskedToErase(t, p.s, "A1", "[mours peyrins]")
		}},
		"ended early": {nothing, func(t *testing.T, p play) {
			send(t, p, p.mours, storetest.Card("A1", early))
			wantTold(t, p.s, p.peyrins, "[A1]")
		}},
		"changed": {nothing, func(t *testing.T, p play) {
			send(t, p, p.peyrins, withPhone(storetest.Card("A1"), newer))
			file, err := p.s.CardFile(ctx, "A1")
			must(t, err)
			if file.Card.Phone != newer {
				t.Errorf("what its desk made of a card it knew is turned away: %q stands", file.Card.Phone)
			}
		}},
		"typed back": {func(t *testing.T, p play) {
			send(t, p, p.peyrins, withPhone(storetest.Card("A1"), older))
			send(t, p, p.mours, withPhone(storetest.Card("A1"), newer))
		}, func(t *testing.T, p play) {
			send(t, p, p.peyrins, withPhone(storetest.Card("A1"), older))
			wantDoubts(t, p.s, 1, "typed back")
		}},
	} {
		t.Run(how, func(t *testing.T) {
			later(t, func(t *testing.T, s *store.Store, wait func(time.Duration)) {
				p := play{s, storetest.Library(t, s, "mours"), storetest.Library(t, s, "peyrins")}
				for _, number := range []string{"A1", "A2"} {
					send(t, p, p.mours, withPhone(storetest.Card(number), older))
				}
				c.before(t, p)
				for _, number := range []string{"A1", "A2"} {
					wait(time.Hour)
					item, _, err := s.CardByOAIID(ctx, oaiIDOf(t, s, number))
					must(t, err)
					must(t, s.NoteAsked(ctx, p.peyrins.ID, item))
				}
				wait(40 * 24 * time.Hour)
				must(t, s.Purge(ctx, 30*24*time.Hour))
				c.since(t, p)
			})
		})
	}
}

// When a card was pushed to a library that had gone back to a backup stays known too: what its record says of before
// that revives nothing, however late it comes.
func TestWhenACardWasPushedAgainStaysKnown(t *testing.T) {
	later(t, func(t *testing.T, s *store.Store, wait func(time.Duration)) {
		monnaie := storetest.Library(t, s, "monnaie", withPush)
		storetest.Send(t, s, monnaie, storetest.Card("B1"), changedAt(storetest.Card("A1"), timeOf(t, s).Add(-2*time.Hour)))
		storetest.Send(t, s, monnaie, changedAt(storetest.Card("A1", early), timeOf(t, s).Add(-time.Hour)))
		wait(time.Hour)
		changed := timeOf(t, s)
		_, err := s.DeliverAgain(ctx, monnaie.ID, "Claire")
		must(t, err)
		for range 2 {
			wait(time.Hour)
			due, err := s.HandAgainDue(ctx, monnaie.ID, today, 1)
			if err != nil || len(due) != 1 {
				t.Fatal(due, err)
			}
			must(t, s.SettlePush(ctx, monnaie.ID, 0, []cards.FeedItem{due[0].FeedItem}, nil))
		}
		wait(40 * 24 * time.Hour)
		must(t, s.Purge(ctx, 30*24*time.Hour))
		_, err = s.Apply(ctx, cards.Batch{
			Library: monnaie, Door: cards.DoorPost, Moment: cards.Moment{Arrived: timeOf(t, s)}, Items: itemsOf(changedAt(storetest.Card("A1"), changed)),
		})
		must(t, err)
		file, err := s.CardFile(ctx, "A1")
		must(t, err)
		if end := file.Card.Enrolment.End; end != "2024-10-01" {
			t.Errorf("revived until %s", end)
		}
	})
}

// A system that takes what it is pushed and never says so may hold a card of a long document, whatever shorter ones came later.
func TestHowFarAPushMayHaveComeStaysKnown(t *testing.T) {
	later(t, func(t *testing.T, s *store.Store, wait func(time.Duration)) {
		mours, monnaie := storetest.Library(t, s, "mours"), storetest.Library(t, s, "monnaie", withPush)
		storetest.Send(t, s, mours, storetest.Card("A1"), storetest.Card("A2"))
		for _, length := range []int{2, 1} {
			wait(time.Hour)
			items, err := s.PushFeed(ctx, cards.FeedRange{LibraryID: monnaie.ID, Day: today, Limit: length})
			must(t, err)
			must(t, s.DoubtPush(ctx, monnaie.ID, items))
		}
		wait(40 * 24 * time.Hour)
		must(t, s.Purge(ctx, 30*24*time.Hour))
		wantAskedToErase(t, s, "A2", "[monnaie mours]")
	})
}
