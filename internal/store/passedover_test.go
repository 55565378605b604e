package store_test

import (
	"testing"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/store"
	"github.com/carte-reseau/hub/internal/store/storetest"
)

// A push that is a part of what a library is owed passes over the version of a card that was changed again since, and comes only
// behind that part: the library was never handed it, and has not changed what it says.
func TestAVersionThatAPushPassedOverIsNotHeld(t *testing.T) {
	for name, c := range map[string]struct {
		page, report  int  // cards
		refused, late bool // the last card; changed again under way
		notes         int64
	}{
		"a page of several":          {page: 1, report: 1, notes: 1},
		"a page that is refused":     {page: 1, report: 1, refused: true, notes: 1},
		"a document of the page":     {page: 9, report: 1, notes: 1},
		"all of it":                  {page: 9, report: 2, notes: 0},
		"all, and changed after":     {page: 9, report: 2, late: true, notes: 0},
		"refused, and changed after": {page: 9, report: 2, refused: true, late: true, notes: 0},
	} {
		t.Run(name, func(t *testing.T) {
			storetest.Each(t, func(t *testing.T, s *store.Store) {
				mours, monnaie := storetest.Library(t, s, "mours"), storetest.Library(t, s, "monnaie", withPush)
				push := func(page, report int, refused bool, meanwhile ...cards.Incoming) {
					mark, err := s.Mark(ctx, monnaie.ID, cards.DoorPush)
					must(t, err)
					items, err := s.PushFeed(ctx, cards.FeedRange{LibraryID: monnaie.ID, After: mark.Seq, Day: "2024-01-01", Limit: page})
					must(t, err)
					storetest.Send(t, s, mours, meanwhile...)
					delivered, refusals := items[:report], []cards.Refusal(nil)
					if refused {
						delivered = items[:report-1]
						refusals = []cards.Refusal{{CardID: items[report-1].CardID, Reason: cards.Quote("nom trop long")}}
					}
					must(t, s.SettlePush(ctx, monnaie.ID, items[report-1].Seq, delivered, refusals))
				}
				storetest.Send(t, s, mours, withPhone(storetest.Card("A1"), "04 75 00 00 01"))
				push(9, 1, false)
				storetest.Send(t, s, mours, withPhone(storetest.Card("A1"), "04 75 00 00 02"))
				storetest.Send(t, s, mours, storetest.Card("B1"))
				mobile := storetest.Card("A1")
				mobile.Card.Mobile, mobile.Given = "06 00 00 00 09", cards.FieldsOf(cards.Mobile)
				if c.late {
					push(c.page, c.report, c.refused, mobile)
				} else {
					storetest.Send(t, s, mours, mobile)
					push(c.page, c.report, c.refused)
				}
				out := storetest.Send(t, s, monnaie, withPhone(storetest.Card("A1"), "04 75 00 00 03"))
				wantOutcome(t, out[0], cards.Modified, "")
				wantWaiting(t, s, cards.Waiting{Disputes: c.notes})
			})
		})
	}
}
