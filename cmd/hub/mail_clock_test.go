package main

import (
	"testing"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/store/storetest"
)

// The machine's clock is hours before the database's, which tells what is due: a letter that did not leave is tried again
// after seconds all the same.
func TestALetterIsTriedAgainByTheDatabasesClock(t *testing.T) {
	s := newSite(t, storetest.SQLiteDatabase(t))
	s.SMTP, s.MailFrom = "smtp://127.0.0.1:1", "reseau@example.org" // where nobody answers
	s.limits.store.Ahead = func() time.Duration { return -3 * time.Hour }
	h, err := newHub(t.Context(), &s.Settings, console{out: s.log, err: s.log})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(h.close)
	if err := h.store.QueueMail(t.Context(), cards.Message{To: "mours@example.org", Subject: "x", Body: "x"}); err != nil {
		t.Fatal(err)
	}
	sender, err := h.sender()
	if err != nil {
		t.Fatal(err)
	}
	if err := sender.SendDue(t.Context()); err == nil {
		t.Fatal("the letter left")
	}
	mails, err := h.store.Mails(t.Context(), cards.OutboxQuery{Limit: 9})
	if err != nil || len(mails) != 1 || mails[0].Attempts != 1 {
		t.Fatalf("%+v, %v", mails, err)
	}
	now, err := h.store.Now(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if wait := mails[0].DueAt.Sub(now); wait < 0 || wait > time.Minute {
		t.Errorf("it is tried again in %v", wait)
	}
}
