package push_test

import (
	"strings"
	"testing"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/push"
	"github.com/carte-reseau/hub/internal/store"
	"github.com/carte-reseau/hub/internal/store/storetest"
)

// What is kept back during the preparation arrives whole, once, and without
// the library's own, when it is opened.
func TestALibraryInPreparationIsSentNothingBeforeItIsOpened(t *testing.T) {
	b, sys, srv := withSystem(t)
	b.lib = storetest.Library(t, b.store, "late", func(l *cards.Library) {
		l.PushURL, l.ILSUser, l.ILSPassword, l.Preparing = b.lib.PushURL, b.lib.ILSUser, b.lib.ILSPassword, true
	})
	behind := func(want int64) {
		t.Helper()
		if status, err := b.store.LibraryStatus(t.Context(), "late"); err != nil || status.Behind != want || status.Again != 0 {
			t.Errorf("%d behind, %d again, %v; want %d behind", status.Behind, status.Again, err, want)
		}
	}
	b.give(1, 7)
	if run := b.mustPush(); run.ID != 0 || len(srv.Seen()) != 0 {
		t.Errorf("a library in preparation was called: %+v", run)
	}
	behind(7)
	if err := b.store.OpenLibrary(t.Context(), b.lib.ID); err != nil {
		t.Fatal(err)
	}
	if run := b.mustPush(); run.Counts.Created != 7 || sys.Len() != 7 {
		t.Errorf("opened, it was sent %+v and holds %d", run.Counts, sys.Len())
	}
	behind(0)
	b.clean()
}

// A library in preparation gets no letter about what ended; it is told once it
// is open, for it may hold the card by its own sending.
func TestALibraryInPreparationIsToldOfEarlyEndsOnceItIsOpen(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		mours := storetest.Library(t, s, "mours")
		peyrins := storetest.Library(t, s, "peyrins", func(l *cards.Library) { l.Preparing = true })
		storetest.Send(t, s, mours, storetest.Card("KNOWN"))
		storetest.Send(t, s, peyrins, storetest.Card("KNOWN"))
		storetest.Send(t, s, mours, storetest.Card("KNOWN", func(c *cards.Card) { c.Enrolment.Renewed, c.Enrolment.End = "", "2024-10-01" }))
		tell := func() []string {
			t.Helper()
			if err := push.TellEnded(t.Context(), s, time.UTC); err != nil {
				t.Fatal(err)
			}
			letters, err := s.DueMail(t.Context(), 10)
			if err != nil {
				t.Fatal(err)
			}
			var to []string
			for _, l := range letters {
				to = append(to, l.To)
			}
			return to
		}
		if to := tell(); len(to) != 0 {
			t.Errorf("in preparation, letters to %v", to)
		}
		if err := s.OpenLibrary(t.Context(), peyrins.ID); err != nil {
			t.Fatal(err)
		}
		if to := tell(); strings.Join(to, " ") != "peyrins@example.org" {
			t.Errorf("opened, letters to %v", to)
		}
	})
}
