package store_test

import (
	"testing"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/store"
	"github.com/carte-reseau/hub/internal/store/storetest"
)

// A library is harvested and drops files as well. Its file that comes after a
// harvest but was made long before it takes nothing back; nor does a page that
// is applied after a file which is older.
func TestAFileAndAHarvestOfOneLibrary(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		mours := storetest.Library(t, s, "mours", func(l *cards.Library) { l.OAIURL, l.OAIPrefix = "http://ils.example.org/oai", "carte" })
		give := func(door cards.Door, m cards.Moment, number, phone string) cards.Outcome {
			out, err := s.Apply(ctx, cards.Batch{Library: mours, Door: door, Moment: m, Items: itemsOf(withPhone(storetest.Card(number), phone))})
			must(t, err)
			return out[0]
		}
		noon := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
		file := func(made, arrived int) cards.Moment {
			return cards.Moment{Made: noon.Add(time.Duration(made) * time.Minute), Arrived: noon.Add(time.Duration(arrived) * time.Minute)}
		}
		page := func(asked int) cards.Moment {
			return cards.Moment{Arrived: noon.Add(time.Duration(asked) * time.Minute), Asked: true}
		}
		const older, newer = "04 00 00 00 01", "04 00 00 00 02"
		give(cards.DoorHarvest, page(30), "A1", newer)
		if out := give(cards.DoorFTP, file(0, 60), "A1", older); out.Result != cards.Stale {
			t.Errorf("a file of half an hour before the harvest: %+v", out)
		}
		give(cards.DoorFTP, file(0, 31), "A2", older)
		if out := give(cards.DoorHarvest, page(30), "A2", newer); out.Result != cards.Modified {
			t.Errorf("a harvest of half an hour after the file: %+v", out)
		}
		// What was harvested again says no more, but is as old as its last asking.
		give(cards.DoorFTP, file(-90, -89), "A3", newer)
		give(cards.DoorHarvest, page(30), "A3", newer)
		if out := give(cards.DoorFTP, file(0, 60), "A3", older); out.Result != cards.Stale {
			t.Errorf("a file of before it was harvested again: %+v", out)
		}
		if notes, err := s.Disputes(ctx, cards.DisputeQuery{Limit: 9}); err != nil || len(notes) != 0 {
			t.Errorf("notes %+v, %v", notes, err)
		}
	})
}
