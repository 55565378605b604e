package store_test

import (
	"testing"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/store"
	"github.com/carte-reseau/hub/internal/store/storetest"
)

// A document waits for a person while its library is handed what others changed. It
// could not know of that and says what it held then: nobody typed it, and it is a
// doubt only where the newer value may have been there already.
func TestWhatWasHandedWhileADocumentWaitedIsNoDoubt(t *testing.T) {
	const older, newer, typed = "04 75 00 00 01", "04 75 00 00 02", "04 75 00 00 03"
	type play struct {
		s              *store.Store
		mours, library *cards.Library
	}
	change := func(t *testing.T, p play, number, phone string) {
		storetest.Send(t, p.s, p.mours, withPhone(storetest.Card(number), phone))
		if !p.library.Pushed() {
			settle(t, p.s)
		}
	}
	push := func(t *testing.T, p play) []cards.FeedItem {
		mark, err := p.s.Mark(ctx, p.library.ID, cards.DoorPush)
		must(t, err)
		items, err := p.s.PushFeed(ctx, cards.FeedRange{LibraryID: p.library.ID, After: mark.Seq, Day: "2024-01-01", Limit: 9})
		must(t, err)
		return items
	}
	take := func(t *testing.T, p play, n int) {
		items := push(t, p)
		items = items[:min(n, len(items))]
		must(t, p.s.SettlePush(ctx, p.library.ID, items[len(items)-1].Seq, items, nil))
	}
	report := func(t *testing.T, p play) { take(t, p, 9) }
	nothing := func(*testing.T, play) {}
	for how, c := range map[string]struct {
		pushed        bool
		before, since func(*testing.T, play) // the document was made
		doubts        int
		says          string
	}{
		"pushed beyond what was never pushed, for it was changed": {true, func(t *testing.T, p play) {
			change(t, p, "A1", typed)
			change(t, p, "B1", newer)
			change(t, p, "C1", newer)
			change(t, p, "A1", newer)
			take(t, p, 1)
		}, func(t *testing.T, p play) {
			take(t, p, 1)
			report(t, p)
		}, 1, typed},
		"pushed since, after another batch": {true, nothing, func(t *testing.T, p play) {
			change(t, p, "B1", newer)
			report(t, p)
			change(t, p, "A1", newer)
			report(t, p)
		}, 0, older},
		"a push that was perhaps under way": {true, func(t *testing.T, p play) { change(t, p, "A1", newer) }, report, 1, older},
		"a push of which no report came": {true, func(t *testing.T, p play) {
			change(t, p, "B1", newer)
			change(t, p, "A1", newer)
			must(t, p.s.DoubtPush(ctx, p.library.ID, push(t, p)))
		}, func(t *testing.T, p play) {
			take(t, p, 1)
			report(t, p)
		}, 1, older},
		"fetched since": {false, nothing, func(t *testing.T, p play) {
			change(t, p, "A1", newer)
			fetch(t, p.s, p.library, 0)
		}, 0, older},
		"a list that it had begun": {false, func(t *testing.T, p play) {
			change(t, p, "A1", newer)
			beginList(t, p.s, p.library)
		}, func(t *testing.T, p play) { fetch(t, p.s, p.library, 0) }, 1, older},
		"asked for by itself": {false, func(t *testing.T, p play) {
			change(t, p, "A1", newer)
			must(t, p.s.NoteAsked(ctx, p.library.ID, &push(t, p)[0]))
		}, func(t *testing.T, p play) { fetch(t, p.s, p.library, 0) }, 1, older},
	} {
		for away, months := range map[string]bool{how: false, how + ", after months of nothing": true} {
			t.Run(away, func(t *testing.T) {
				later(t, func(t *testing.T, s *store.Store, wait func(time.Duration)) {
					p := play{s, storetest.Library(t, s, "mours"), storetest.Library(t, s, "monnaie", func(l *cards.Library) {
						if c.pushed {
							l.PushURL = "http://monnaie.example.org/cartes"
						}
					})}
					change(t, p, "A1", older)
					if c.pushed {
						report(t, p)
					} else {
						fetch(t, s, p.library, 0)
					}
					wait(time.Hour)
					c.before(t, p)
					wait(time.Hour)
					if months {
						wait(60 * 24 * time.Hour)
						must(t, s.Purge(ctx, 30*24*time.Hour))
					}
					made := timeOf(t, s)
					wait(time.Hour)
					c.since(t, p)
					out, err := s.Apply(ctx, cards.Batch{
						Library: p.library, Door: cards.DoorPost, Moment: cards.Moment{Arrived: made}, Items: itemsOf(withPhone(storetest.Card("A1"), c.says)),
					})
					if err != nil || out[0].Result != cards.Unchanged {
						t.Fatal(out, err)
					}
					notes, err := s.Disputes(ctx, cards.DisputeQuery{Limit: 9})
					if err != nil || len(notes) != c.doubts {
						t.Errorf("%+v, %v", notes, err)
					}
				})
			})
		}
	}
}
