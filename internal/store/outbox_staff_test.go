package store_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/store"
	"github.com/carte-reseau/hub/internal/store/storetest"
)

func mailIDs(t *testing.T, s *store.Store, q cards.OutboxQuery) string {
	t.Helper()
	if q.Limit == 0 {
		q.Limit = 10
	}
	list, err := s.Mails(ctx, q)
	if err != nil {
		t.Fatal(err)
	}
	var ids []int64
	for _, m := range list {
		ids = append(ids, m.ID)
		if m.Body != "" || m.Attachments != nil {
			t.Errorf("the list holds a letter's text: %+v", m)
		}
	}
	return fmt.Sprint(ids)
}

func TestStaffLookAfterTheOutbox(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		for i, subject := range []string{"un", "deux", "trois"} {
			m := cards.Message{To: "mours@example.org", Subject: subject, Body: "texte", Attachments: []cards.Attachment{{Name: "a.xml", Data: []byte("<a/>")}}}
			if err := s.QueueMail(ctx, m); err != nil {
				t.Fatal(i, err)
			}
		}
		if err := s.MailSent(ctx, &cards.Message{ID: 1, Lightened: cards.Quote("sans ses pièces")}); err != nil {
			t.Fatal(err)
		}
		if err := s.MailFailed(ctx, 2, cards.Quote("adresse inconnue"), time.Now(), true); err != nil {
			t.Fatal(err)
		}
		if err := s.MailFailed(ctx, 3, cards.Quote("occupé"), time.Now().Add(time.Hour), false); err != nil {
			t.Fatal(err)
		}
		for _, c := range []struct {
			q    cards.OutboxQuery
			want string
		}{
			{cards.OutboxQuery{}, "[3 2 1]"}, {cards.OutboxQuery{Before: 3, Limit: 1}, "[2]"}, {cards.OutboxQuery{State: cards.MailSent}, "[1]"},
			{cards.OutboxQuery{State: cards.MailFailed}, "[2]"}, {cards.OutboxQuery{State: cards.MailWaiting}, "[3]"},
		} {
			if got := mailIDs(t, s, c.q); got != c.want {
				t.Errorf("%+v: %s, want %s", c.q, got, c.want)
			}
		}
		if _, err := s.Mails(ctx, cards.OutboxQuery{State: "?", Limit: 1}); cards.CodeOf(err) != cards.Invalid {
			t.Error(err)
		}
		failed, err := s.Mail(ctx, 2)
		if err != nil || failed.State != cards.MailFailed || failed.Failed.IsZero() || failed.Body != "texte" || len(failed.Attachments) != 1 || failed.LastErr.String() != "adresse inconnue" {
			t.Errorf("%+v, %v", failed, err)
		}
		if sent, err := s.Mail(ctx, 1); err != nil || sent.State != cards.MailSent || sent.Body != "" || sent.Sent.IsZero() || sent.LastErr.String() != "sans ses pièces" {
			t.Errorf("%+v, %v", sent, err)
		}
		for _, id := range []int64{2, 3} {
			if err := s.RetryMail(ctx, id); err != nil {
				t.Fatal(err)
			}
		}
		due, err := s.DueMail(ctx, 9)
		if err != nil || len(due) != 2 {
			t.Fatalf("%d are due, %v", len(due), err)
		}
		if due[0].Attempts != 0 || due[1].Attempts != 1 {
			t.Errorf("what was given up begins anew, what waits goes on: %d and %d attempts", due[0].Attempts, due[1].Attempts)
		}
		if err := s.DropMail(ctx, 3); cards.CodeOf(err) != cards.Conflict {
			t.Errorf("one that waits was dropped: %v", err)
		}
		if err := s.MailFailed(ctx, 3, cards.Quote("adresse inconnue"), time.Now(), true); err != nil {
			t.Fatal(err)
		}
		if err := s.DropMail(ctx, 3); err != nil {
			t.Error(err)
		}
		for what, err := range map[string]error{"sent": s.RetryMail(ctx, 1), "sent and dropped": s.DropMail(ctx, 1)} {
			if cards.CodeOf(err) != cards.Conflict {
				t.Errorf("%s: %v", what, err)
			}
		}
		if got := mailIDs(t, s, cards.OutboxQuery{}); got != "[2 1]" {
			t.Errorf("left: %s", got)
		}
		for what, err := range map[string]error{"retry": s.RetryMail(ctx, 3), "drop": s.DropMail(ctx, 3)} {
			if cards.CodeOf(err) != cards.NotFound {
				t.Errorf("%s: %v", what, err)
			}
		}
	})
}

// A letter that asks for an erasure is never dropped: the record would say that
// it was sent.
func TestALetterThatAsksForAnErasureIsNotDropped(t *testing.T) {
	s := storetest.SQLite(t)
	storetest.Send(t, s, storetest.Library(t, s, "mours"), storetest.Card("A1"))
	if _, err := s.Erase(ctx, "A1", "Claire"); err != nil {
		t.Fatal(err)
	}
	if err := s.MailFailed(ctx, 1, cards.Quote("adresse inconnue"), time.Now(), true); err != nil {
		t.Fatal(err)
	}
	if m, err := s.Mail(ctx, 1); err != nil || !m.Erasure {
		t.Errorf("%+v, %v", m, err)
	}
	if err := s.DropMail(ctx, 1); cards.CodeOf(err) != cards.Conflict {
		t.Error(err)
	}
}
