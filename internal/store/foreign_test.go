package store_test

import (
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/store"
	"github.com/carte-reseau/hub/internal/store/storetest"
)

// Names of files, words of other systems and errors may hold bytes that are no
// text. PostgreSQL refuses those: what waits on the word would wait for ever.
func TestForeignBytesAreKeptAsText(t *testing.T) {
	const bytes = "d\xe9p\x00t'; DROP TABLE cards; --"
	check := func(t *testing.T, text string) {
		t.Helper()
		if !utf8.ValidString(text) || strings.ContainsRune(text, 0) || !strings.Contains(text, "DROP TABLE") {
			t.Errorf("kept as %q", text)
		}
	}
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		mours, monnaie := storetest.Library(t, s, "mours"), storetest.Library(t, s, "monnaie", withPush)
		storetest.Send(t, s, mours, storetest.Card("A1"))
		id, err := s.CreateDeposit(ctx, cards.Deposit{LibraryID: mours.ID, Door: cards.DoorFTP, Name: bytes, Charset: bytes, Arrived: time.Now()})
		if err != nil {
			t.Fatal(err)
		}
		if err := s.FinishDeposit(ctx, id, cards.Refused, &cards.Fault{Code: "xml", Message: bytes}); err != nil {
			t.Fatal(err)
		}
		d, err := s.Deposit(ctx, id)
		if err != nil {
			t.Fatal(err)
		}
		check(t, d.Name)
		check(t, d.Charset)
		if err := s.SettlePush(ctx, monnaie.ID, 1, nil, []cards.Refusal{{CardID: 1, Reason: cards.Quote(bytes)}}); err != nil {
			t.Fatal(err)
		}
		run, err := s.BeginRun(ctx, cards.Run{LibraryID: mours.ID, Job: cards.JobPush})
		if err != nil {
			t.Fatal(err)
		}
		if err := s.FinishRun(ctx, cards.Run{ID: run, Error: cards.Quote(bytes)}); err != nil {
			t.Fatal(err)
		}
		if err := s.PauseLibrary(ctx, monnaie.ID, cards.Quote(bytes)); err != nil {
			t.Fatal(err)
		}
		if err := s.SetAttention(ctx, monnaie.ID, cards.Quote(bytes)); err != nil {
			t.Fatal(err)
		}
		if err := s.RecordDeleted(ctx, mours.ID, bytes, bytes, 1); err != nil {
			t.Fatal(err)
		}
		if err := s.QueueMail(ctx, cards.Message{To: "a@example.org", Subject: bytes, Body: bytes, Key: bytes}); err != nil {
			t.Fatal(err)
		}
		mails, err := s.DueMail(ctx, 1)
		if err != nil || len(mails) != 1 {
			t.Fatal(mails, err)
		}
		check(t, mails[0].Body)
		if err := s.MailFailed(ctx, mails[0].ID, cards.Quote(bytes), time.Now(), false); err != nil {
			t.Fatal(err)
		}
		if err := s.SyncJobs(ctx, []cards.Job{{Kind: cards.JobMail, Schedule: "@daily", NextRun: time.Now().Add(-time.Hour)}}); err != nil {
			t.Fatal(err)
		}
		lease, _, err := storetest.AcquireLease(ctx, s, cards.JobMail, cards.HubID, "one", time.Minute)
		if err != nil {
			t.Fatal(err)
		}
		if err := s.ReleaseLease(ctx, lease, time.Now(), cards.Errorf(cards.Unavailable, "%s", bytes)); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Authenticate(ctx, bytes, bytes); cards.CodeOf(err) != cards.Unauthorized {
			t.Errorf("signed in with bytes: %v", err)
		}
		if _, _, err := s.CardByOAIID(ctx, bytes); cards.CodeOf(err) != cards.NotFound {
			t.Errorf("a card by bytes: %v", err)
		}
		if _, err := s.Deposits(ctx, cards.DepositQuery{Library: bytes, Limit: 1}); err != nil {
			t.Errorf("deposits by bytes: %v", err)
		}
		if _, err := s.Runs(ctx, cards.RunQuery{Library: bytes, Job: bytes, Limit: 1}); err != nil {
			t.Errorf("runs by bytes: %v", err)
		}
		if _, err := s.Library(ctx, bytes); cards.CodeOf(err) != cards.NotFound {
			t.Errorf("a library by bytes: %v", err)
		}
	})
}
