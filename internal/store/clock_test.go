package store_test

import (
	"testing"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/store"
	"github.com/carte-reseau/hub/internal/store/storetest"
)

// Hubs on one database go by its clock, also where they do not ask it: a machine that is wrong must not make the later of two
// documents the earlier one.
func TestAMachinesClockIsSetByTheDatabases(t *testing.T) {
	ahead := 3 * time.Hour
	s, err := store.Open(ctx, store.Options{
		Database: storetest.SQLiteDatabase(t), Secret: storetest.Secret, Ahead: func() time.Duration { return ahead },
	})
	must(t, err)
	defer func() { must(t, s.Close()) }()
	near := func(want time.Duration) {
		t.Helper()
		const tolerated = time.Minute
		if apart := time.Until(s.Clock()); apart < want-tolerated || apart > want+tolerated {
			t.Errorf("the clock is %v ahead of the machine's, not %v", apart, want)
		}
	}
	near(ahead)
	ahead = -2 * time.Hour
	_, err = s.Now(ctx)
	must(t, err)
	near(ahead)
}

// What a hub writes down it dates by that clock too: letters would count as waiting for hours that were queued just now, or
// be given up early, and a library as silent since before it was changed.
func TestWhatIsWrittenIsDatedByTheDatabasesClock(t *testing.T) {
	databases(t, func(t *testing.T, database string) {
		ahead := 72 * time.Hour
		s := clocked(t, database, &ahead, nil)
		near := func(what string, at time.Time) {
			t.Helper()
			if apart := timeOf(t, s).Sub(at); apart < -time.Minute || apart > time.Minute {
				t.Errorf("%s is dated %v before the database's time", what, apart)
			}
		}
		library, user := storetest.Library(t, s, "mours"), account(t, s, "Ana", cards.RoleReader, "")
		near("an account", user.Created)
		near("a library", library.Created)
		must(t, s.Exec(ctx, "UPDATE libraries SET changed = 0"))
		must(t, s.ResumeLibrary(ctx, library.ID))
		library, err := s.Library(ctx, "mours")
		must(t, err)
		near("its change", library.Changed)
		storetest.Send(t, s, library, storetest.Card("A1"))
		file, err := s.CardFile(ctx, "A1")
		must(t, err)
		near("a card", file.Created)
		must(t, s.ConfirmPull(ctx, library.ID, cards.Confirmation{}))
		runs, err := s.Runs(ctx, cards.RunQuery{Limit: 1})
		if err != nil || len(runs) != 1 {
			t.Fatal(runs, err)
		}
		near("a report", runs[0].Started)
		must(t, s.QueueMail(ctx, cards.Message{To: "a@example.org", Subject: "x", Body: "x"}))
		_, _, oldest, err := s.Outbox(ctx)
		must(t, err)
		near("a letter", oldest)
	})
}
