package store_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/store"
	"github.com/carte-reseau/hub/internal/store/storetest"
)

// What had ended when it came no list ever showed: a library whose mark passed
// it does not know it either once nobody can tell any more when that was.
func TestAnEndedVersionWasNotHandedHoweverLongAgo(t *testing.T) {
	later(t, func(t *testing.T, s *store.Store, wait func(time.Duration)) {
		mours, peyrins := storetest.Library(t, s, "mours"), storetest.Library(t, s, "peyrins")
		say := func(phone, end string) cards.Incoming {
			in := withPhone(storetest.Card("A1"), phone)
			in.Enrolment.End = end
			return in
		}
		storetest.Send(t, s, mours, say("04 00 00 00 01", "2099-01-01"))
		settle(t, s)
		_, stamp := fetch(t, s, peyrins, 0)
		storetest.Send(t, s, mours, say("04 00 00 00 02", "2026-01-15"))
		_, stamp = fetchAnother(t, s, mours, peyrins, stamp)
		fetchAnother(t, s, mours, peyrins, stamp)
		wait(45 * 24 * time.Hour)
		must(t, s.Purge(ctx, 30*24*time.Hour))
		storetest.Send(t, s, mours, say("04 00 00 00 02", "2099-06-30"))
		drop(t, s, peyrins, timeOf(t, s), say("04 00 00 00 03", "2099-01-01"))
		notes, err := s.Disputes(ctx, cards.DisputeQuery{Limit: 9})
		if err != nil || len(notes) != 1 || notes[0].Kind != cards.NoteConflict || notes[0].Lost.Value.Phone != "04 00 00 00 02" {
			t.Errorf("a number it was never handed is gone without a word: %+v, %v", notes, err)
		}
	})
}

// fetchAnother has a library fetch a new card alone: the movement of its mark before that is too old to be known when this
// one is.
func fetchAnother(t *testing.T, s *store.Store, from, l *cards.Library, stamp int64) (items []cards.FeedItem, responseDate int64) {
	t.Helper()
	seq, err := s.Seq(ctx)
	must(t, err)
	number := fmt.Sprint("B", seq)
	storetest.Send(t, s, from, storetest.Card(number))
	settle(t, s)
	items, responseDate = fetch(t, s, l, stamp+1)
	if numbers(items) != "["+number+"]" {
		t.Fatal(numbers(items))
	}
	return items, responseDate
}
