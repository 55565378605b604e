package main

import (
	"strings"
	"testing"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/intake"
)

// Of several hubs on one database one may have been given less than another.

// A hub without the FTP server tells a library what became of the file that another hub took.
func TestAHubWithoutTheDropTellsOfItsFiles(t *testing.T) {
	t.Parallel()
	eachDatabase(t, func(t *testing.T, database string) {
		s := newSite(t, database)
		s.library("mours")
		s.hub("import", writeFile(t, "m.xml", renumbered("mours", 0)), "--library=mours").want(exitOK)
		f := s.foundation()
		lib, err := f.store.Library(t.Context(), "mours")
		if err != nil {
			t.Fatal(err)
		}
		inbox := intake.New(f.store, intake.Options{MaxDocument: int64(s.MaxDocument), Owner: "with-ftp"})
		taken := cards.Deposit{LibraryID: lib.ID, Library: lib.Code, Door: cards.DoorFTP, Name: "un.xml"}
		if id, d, err := inbox.Take(t.Context(), taken, strings.NewReader(renumbered("mours", 1)), lib); err != nil || id != 2 || d.Status != cards.Suspended {
			t.Fatalf("deposit %d: %+v, %v", id, d, err)
		}
		s.hub("deposits", "refuse", "2", "--reason=Les téléphones ont glissé d’une ligne.").want(exitOK)
		s.boot()
		eventually(t, decisionPatience, "the deposit is at its end", func() bool {
			d, err := f.store.Deposit(t.Context(), 2)
			return err == nil && !d.Finished.IsZero()
		})
		mails, err := f.store.DueMail(t.Context(), 10)
		if err != nil || len(mails) != 1 || mails[0].To != lib.Email || !strings.Contains(mails[0].Body, "Les téléphones ont glissé d’une ligne.") {
			t.Errorf("the library is told %+v, %v", mails, err)
		}
	})
}

// A hub without a mail server leaves the mails to the one that has it.
func TestAHubWithoutMailTakesNoTurn(t *testing.T) {
	t.Parallel()
	eachDatabase(t, func(t *testing.T, database string) {
		s := newSite(t, database)
		f := s.foundation()
		another := cards.Job{Kind: cards.JobMail, Schedule: mailSchedule, NextRun: time.Now().Add(-time.Second)}
		if err := f.store.SyncJobs(t.Context(), []cards.Job{another}); err != nil {
			t.Fatal(err)
		}
		s.boot()
		eventually(t, decisionPatience, "the hub works", func() bool {
			job, err := f.store.Job(t.Context(), cards.JobDeposits, cards.HubID)
			return err == nil && !job.LastSuccess.IsZero()
		})
		if job, err := f.store.Job(t.Context(), cards.JobMail, cards.HubID); err != nil || !job.LastStart.IsZero() {
			t.Errorf("it took the mails and sent none: %+v, %v", job, err)
		}
	})
}
