package store_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/store"
	"github.com/carte-reseau/hub/internal/store/storetest"
)

// A letter follows its library: an address is mostly put right because letters
// to it came back, and one that asks for an erasure can only be tried again.
func TestLettersFollowTheLibraryToItsNewAddress(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		mours := storetest.Library(t, s, "mours")
		storetest.Library(t, s, "peyrins")
		storetest.Send(t, s, mours, storetest.Card("A1"))
		_, err := s.Erase(ctx, "A1", "Claire")
		must(t, err)
		must(t, s.MailFailed(ctx, 1, cards.Quote("adresse inconnue"), time.Now(), true))
		must(t, s.QueueMail(ctx, cards.Message{To: "mours@example.org", Subject: "partie"}))
		must(t, s.MailSent(ctx, &cards.Message{ID: 2}))
		must(t, s.QueueMail(ctx, cards.Message{To: "mours@example.org", Subject: "en attente"}))
		must(t, s.QueueMail(ctx, cards.Message{To: "peyrins@example.org", Subject: "d’une autre"}))
		must(t, s.QueueMail(ctx, cards.Message{To: "mours@example.org", Key: cards.TroubleLetter + "-1-debut-0"})) // it is the administrator's too
		if to := lettersOnceMoved(t, s, "mours", "mediatheque@mours.example"); to != "[mediatheque@mours.example mours@example.org mediatheque@mours.example peyrins@example.org mours@example.org]" {
			t.Errorf("letters to %v", to)
		}
	})
}

// Where others read the same mailbox, nobody can tell whose a letter is: but for
// those that ask for an erasure, they stay.
func TestLettersToASharedAddressStay(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		shared := func(l *cards.Library) { l.Email = "reseau@example.org" }
		storetest.Send(t, s, storetest.Library(t, s, "mours", shared), storetest.Card("A1"))
		storetest.Send(t, s, storetest.Library(t, s, "peyrins", shared), storetest.Card("A1"))
		_, err := s.Erase(ctx, "A1", "Claire")
		must(t, err)
		must(t, s.QueueMail(ctx, cards.Message{To: "reseau@example.org"}))
		if to := lettersOnceMoved(t, s, "peyrins", "peyrins@example.org"); to != "[reseau@example.org peyrins@example.org reseau@example.org]" {
			t.Errorf("letters to %v", to)
		}
	})
}

// lettersOnceMoved gives a library another address and tells to whom the letters
// are, the oldest first.
func lettersOnceMoved(t *testing.T, s *store.Store, code, address string) string {
	t.Helper()
	_, err := s.EditLibrary(ctx, code, "", func(l *cards.Library) error { l.Email = address; return nil })
	must(t, err)
	list, err := s.Mails(ctx, cards.OutboxQuery{Limit: 9})
	must(t, err)
	var to []string
	for _, m := range slices.Backward(list) {
		to = append(to, m.To)
	}
	return fmt.Sprint(to)
}
