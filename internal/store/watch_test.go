package store_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/store"
	"github.com/carte-reseau/hub/internal/store/storetest"
)

// looked lists what a watcher finds, in short.
func looked(t *testing.T, w *store.Watcher) string {
	t.Helper()
	found, err := w.Look(ctx)
	if err != nil {
		t.Fatal(err)
	}
	var list []string
	for _, e := range found {
		word := string(e.Kind)
		for _, more := range []string{e.Library, e.State} {
			if more != "" {
				word += ":" + more
			}
		}
		if e.ID > 0 {
			word += fmt.Sprintf(":%d", e.ID)
		}
		if e.Waiting != nil {
			word += fmt.Sprintf("%+v", *e.Waiting)
		}
		list = append(list, word)
	}
	slices.Sort(list)
	return strings.Join(list, " ")
}

// What one hub does is seen by a watcher on another one of the same database.
func TestAWatcherSeesWhatHappens(t *testing.T) {
	databases(t, func(t *testing.T, database string) {
		s, other := storetest.Open(t, database), storetest.Open(t, database)
		mours := storetest.Library(t, s, "mours")
		storetest.Send(t, s, mours, storetest.Card("A1"))
		w := other.Watch()
		must := func(err error) {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
		}
		var run, sent int64
		for _, step := range []struct {
			what string
			do   func()
			want string
		}{
			{"the first look", func() {}, ""},
			{"nothing", func() {}, ""},
			{"cards", func() { storetest.Send(t, s, mours, storetest.Card("A2")) }, "cartes"},
			{"the same cards", func() { storetest.Send(t, s, mours, storetest.Card("A2")) }, ""},
			{"a pause", func() { must(s.PauseLibrary(ctx, mours.ID, cards.Quote("panne"))) }, "bibliotheque:mours"},
			{"a new library", func() { storetest.Library(t, s, "peyrins") }, "bibliotheque:peyrins"},
			{"a library that leaves", func() {
				l, err := s.Library(ctx, "peyrins")
				must(err)
				must(s.RemoveLibrary(ctx, l.ID))
			}, "bibliotheque:peyrins"},
			{"a run begins", func() {
				var err error
				run, err = s.BeginRun(ctx, cards.Run{LibraryID: mours.ID, Job: cards.JobPush, Started: time.Now()})
				must(err)
			}, "travail:mours:en-cours:1"},
			{"it ends", func() {
				must(s.FinishRun(ctx, cards.Run{ID: run, Finished: time.Now(), Error: cards.Quote("refusé")}))
			}, "travail:mours:echec:1"},
			{"a deposit arrives", func() { sent = deposit(t, s, mours, cards.DoorPost); must(s.SealDeposit(ctx, sent, 1)) }, "depot:mours:recu:1"},
			{"it ends", func() { must(s.FinishDeposit(ctx, sent, cards.Partial, nil)) }, "depot:mours:partiel:1"},
			{"one comes and ends between two looks", func() { must(s.FinishDeposit(ctx, deposit(t, s, mours, cards.DoorPost), cards.Integrated, nil)) }, "depot:mours:integre:2"},
			{"a suspension", func() { suspended(t, s, mours, cards.DoorPost) }, "decisions{Disputes:0 Likenesses:0 Suspended:1 Erasures:0} depot:mours:suspendu:3"},
			{"one person twice", func() {
				storetest.Send(t, s, mours, storetest.Card("A3"))
				lookForLikenesses(t, s)
			}, "cartes decisions{Disputes:0 Likenesses:3 Suspended:1 Erasures:0}"},
			{"an erasure that a library has to confirm", func() {
				_, err := s.Erase(ctx, "A3", "Claire")
				must(err)
			}, "decisions{Disputes:0 Likenesses:1 Suspended:1 Erasures:1}"},
			{"nothing again", func() {}, ""},
		} {
			step.do()
			if got := looked(t, w); got != step.want {
				t.Errorf("%s: %q, want %q", step.what, got, step.want)
			}
		}
	})
}

// Numbers are taken when a run or deposit is entered, and it is there once that is committed: one may come, and end, after
// one of a higher number was told.
func TestAWatcherSeesWhatComesBehindAHigherNumber(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		mours := storetest.Library(t, s, "mours")
		w := s.Watch()
		run, err := s.BeginRun(ctx, cards.Run{LibraryID: mours.ID, Job: cards.JobPush, Started: time.Now()})
		must(t, err)
		must(t, s.FinishRun(ctx, cards.Run{ID: run, Finished: time.Now(), OK: true}))
		must(t, s.FinishDeposit(ctx, deposit(t, s, mours, cards.DoorPost), cards.Integrated, nil))
		committed := func(table string, id int64) {
			columns := map[string]string{
				"runs": "library_id, job, started, finished, ok, received, created, modified, unchanged, rejected, deposit_id, error",
				"deposits": "library_id, door, name, file_gone, charset, simulate, status, size, arrived, made, finished, done, received, created, " +
					"modified, unchanged, rejected, fault, owner, lease_until",
			}[table]
			must(t, s.Exec(ctx, "INSERT INTO "+table+" (id, "+columns+") SELECT ?, "+columns+" FROM "+table+" WHERE id = 1", id))
		}
		for _, step := range []struct {
			number int64
			want   string
		}{
			{3, ""}, // the first look
			{2, "depot:mours:integre:2 travail:mours:reussi:2"},
			{7, "depot:mours:integre:7 travail:mours:reussi:7"},
			{5, "depot:mours:integre:5 travail:mours:reussi:5"},
			{4, "depot:mours:integre:4 travail:mours:reussi:4"},
		} {
			committed("runs", step.number)
			committed("deposits", step.number)
			if got := looked(t, w); got != step.want {
				t.Errorf("number %d: %q, want %q", step.number, got, step.want)
			}
			if got := looked(t, w); got != "" {
				t.Errorf("number %d: %q is told twice", step.number, got)
			}
		}
	})
}
