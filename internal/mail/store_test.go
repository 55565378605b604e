package mail_test

import (
	"bytes"
	"testing"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/mail"
	"github.com/carte-reseau/hub/internal/store"
	"github.com/carte-reseau/hub/internal/store/storetest"
)

var _ mail.Store = (*store.Store)(nil)

// TestRealOutbox goes through the real store: sent once, a refused one stays
// visible, a deferred one waits.
func TestRealOutbox(t *testing.T) {
	s, err := store.Open(t.Context(), store.Options{Database: storetest.SQLiteDatabase(t), Secret: make([]byte, 32)})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}()
	server := &mta{rcpt: func(to string) error {
		switch to {
		case "gone@example.org":
			return refuse(550, "no such user")
		case "later@example.org":
			return refuse(450, "greylisted")
		}
		return nil
	}}
	startMTA(t, server, "127.0.0.1:0", false)
	xml := []byte("<cartes>é</cartes>")
	for _, to := range []string{"gone@example.org", "bib@example.org", "later@example.org"} {
		m := message(to)
		m.Key = to
		m.Attachments = []cards.Attachment{{Name: "a.xml", ContentType: "application/xml", Data: xml}}
		for range 2 { // the second is the same letter
			if err := s.QueueMail(t.Context(), m); err != nil {
				t.Fatal(err)
			}
		}
	}
	sender, err := mail.New(s, mail.Options{Settings: settings(t, "smtp", server.addr), From: from, Timeout: 5 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := sender.SendDue(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	got := server.mails()
	if len(got) != 1 {
		t.Fatalf("%d mails arrived", len(got))
	}
	if _, parts := parse(t, got[0].raw); len(parts) != 2 || !bytes.Equal(parts[1].data, xml) {
		t.Errorf("parts %+v", parts)
	}
	waiting, failed, _, err := s.Outbox(t.Context())
	if err != nil || waiting != 1 || failed != 1 {
		t.Errorf("%d waiting, %d failed, %v", waiting, failed, err)
	}
}
