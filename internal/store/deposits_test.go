package store_test

import (
	"errors"
	"testing"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/store"
	"github.com/carte-reseau/hub/internal/store/storetest"
)

func deposit(t *testing.T, s *store.Store, l *cards.Library, door cards.Door) int64 {
	t.Helper()
	id, err := s.CreateDeposit(ctx, cards.Deposit{LibraryID: l.ID, Door: door, Arrived: time.Now()})
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// Two workers on one deposit, because a lease ran out: its cards count once.
func TestBatchOfADepositIsAppliedOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		l := storetest.Library(t, s, "mours")
		id := deposit(t, s, l, cards.DoorPost)
		item := func(n int, number string) cards.Item { return cards.Item{Ordinal: n, Incoming: storetest.Card(number)} }
		batch := func(items ...cards.Item) error {
			_, err := s.Apply(ctx, cards.Batch{Library: l, Deposit: id, Moment: cards.Moment{Arrived: time.Now()}, Items: items})
			return err
		}
		if err := batch(item(1, "A1"), item(2, "A2")); err != nil {
			t.Fatal(err)
		}
		for what, items := range map[string][]cards.Item{
			"the same again":  {item(1, "A1"), item(2, "A2")},
			"a smaller batch": {item(1, "A1")},
			"a larger batch":  {item(1, "A1"), item(2, "A2"), item(3, "A3")},
			"an overlap":      {item(2, "A2"), item(3, "A3")},
		} {
			if err := batch(items...); cards.CodeOf(err) != cards.Conflict {
				t.Errorf("%s: %v", what, err)
			}
		}
		if err := batch(item(3, "A3")); err != nil {
			t.Fatal(err)
		}
		if d, err := s.Deposit(ctx, id); err != nil || d.Done != 3 || d.Counts.Created != 3 || d.Counts.Received != 3 {
			t.Errorf("%+v, %v", d, err)
		}
	})
}

// Bytes that are gone cannot be declared safe.
func TestDepositThatIsGoneIsNotSealed(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		l := storetest.Library(t, s, "mours")
		id := deposit(t, s, l, cards.DoorPost)
		if err := s.DiscardDeposit(ctx, id); err != nil {
			t.Fatal(err)
		}
		if err := s.SealDeposit(ctx, id, 7); cards.CodeOf(err) != cards.NotFound {
			t.Errorf("sealed: %v", err)
		}
		if err := s.AppendPiece(ctx, id, 0, []byte("x")); cards.CodeOf(err) != cards.NotFound {
			t.Errorf("a piece of nothing: %v", err)
		}
		id = deposit(t, s, l, cards.DoorPost)
		if err := s.SealDeposit(ctx, id, 7); err != nil {
			t.Fatal(err)
		}
		if err := s.DiscardDeposit(ctx, id); err != nil {
			t.Fatal(err)
		}
		if d, err := s.Deposit(ctx, id); err != nil || d.Status != cards.Received {
			t.Errorf("a sealed deposit was discarded: %+v, %v", d, err)
		}
	})
}

// A harvest interrupted before its first page was stored goes on days later in
// the deposit it began; a deposit it did not come to note is nobody's.
func TestPurgeLeavesTheDepositOfAHarvest(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		l := storetest.Library(t, s, "mours")
		harvest, post, sealed := deposit(t, s, l, cards.DoorHarvest), deposit(t, s, l, cards.DoorPost), deposit(t, s, l, cards.DoorFTP)
		nobodys, held := deposit(t, s, l, cards.DoorHarvest), deposit(t, s, l, cards.DoorHarvest)
		if err := s.SaveHarvest(ctx, cards.Harvest{LibraryID: l.ID, Started: time.Now(), Deposit: harvest, Held: held}); err != nil {
			t.Fatal(err)
		}
		if err := s.AppendPiece(ctx, sealed, 0, []byte("<cartes/>")); err != nil {
			t.Fatal(err)
		}
		if err := s.SealDeposit(ctx, sealed, 9); err != nil {
			t.Fatal(err)
		}
		if err := s.Exec(ctx, "UPDATE deposits SET arrived = 1"); err != nil {
			t.Fatal(err)
		}
		if err := s.Purge(ctx, time.Hour); err != nil {
			t.Fatal(err)
		}
		for id, kept := range map[int64]bool{harvest: true, held: true, nobodys: false, post: false, sealed: true} {
			if _, err := s.Deposit(ctx, id); (err == nil) != kept {
				t.Errorf("deposit %d: %v", id, err)
			}
		}
		if n, err := s.PieceCount(ctx, sealed); err != nil || n != 1 {
			t.Errorf("%d pieces of a deposit that is not finished, %v", n, err)
		}
	})
}

// What a library that was removed left behind is nobody's to integrate, and
// must not stand before what others wait for.
func TestDepositsOfARemovedLibraryAreNotTakenUp(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		gone, mours := storetest.Library(t, s, "gone"), storetest.Library(t, s, "mours")
		first, second := deposit(t, s, gone, cards.DoorPost), deposit(t, s, mours, cards.DoorPost)
		for _, id := range []int64{first, second} {
			if err := s.SealDeposit(ctx, id, 1); err != nil {
				t.Fatal(err)
			}
		}
		if err := s.RemoveLibrary(ctx, gone.ID); err != nil {
			t.Fatal(err)
		}
		if ids, err := s.UnfinishedLibraries(ctx); err != nil || len(ids) != 1 || ids[0] != mours.ID {
			t.Errorf("%v, %v", ids, err)
		}
		if ids, err := s.UnfinishedDeposits(ctx, mours.ID, 0, 9); err != nil || len(ids) != 1 || ids[0] != second {
			t.Errorf("%v, %v", ids, err)
		}
	})
}

func TestLeaseOfADeposit(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		l := storetest.Library(t, s, "mours")
		id := deposit(t, s, l, cards.DoorPost)
		if err := s.SealDeposit(ctx, id, 1); err != nil {
			t.Fatal(err)
		}
		for _, step := range []struct {
			owner string
			d     time.Duration
			code  cards.Code
		}{{"one", time.Minute, ""}, {"one", time.Minute, ""}, {"two", time.Minute, cards.Conflict}, {"one", -time.Second, ""}, {"two", time.Minute, ""}, {"one", time.Minute, cards.Conflict}} {
			_, err := s.ClaimDeposit(ctx, id, step.owner, step.d)
			if err != nil && cards.CodeOf(err) != step.code || err == nil && step.code != "" {
				t.Errorf("%+v: %v", step, err)
			}
		}
		if _, err := s.ClaimDeposit(ctx, 999, "one", time.Minute); cards.CodeOf(err) != cards.NotFound {
			t.Errorf("%v", err)
		}
	})
}

// A simulation leaves nothing behind but its report.
func TestSimulationLeavesNothing(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		mours, peyrins := storetest.Library(t, s, "mours"), storetest.Library(t, s, "peyrins")
		old := storetest.Card("A1", func(c *cards.Card) { c.Phone = "04 75 11 11 11" })
		storetest.Send(t, s, mours, old)
		settle(t, s)
		fetch(t, s, peyrins, 0)
		storetest.Send(t, s, peyrins, storetest.Card("A1"))
		before := everything(t, s)
		id := deposit(t, s, mours, cards.DoorPost)
		b := cards.Batch{
			Library: mours, Simulate: true, Deposit: id, Moment: cards.Moment{Arrived: time.Now()},
			Harvest: &cards.Harvest{LibraryID: mours.ID, Token: "x"},
			Items:   []cards.Item{{Ordinal: 1, Incoming: old}, {Ordinal: 2, Incoming: storetest.Card("B1")}, {Ordinal: 3, Incoming: storetest.Card("A1", func(c *cards.Card) { c.LastName = "Roux" })}},
		}
		out, err := s.Apply(ctx, b)
		if err != nil || len(out) != 3 || out[1].Result != cards.Created || out[2].Result != cards.Modified {
			t.Fatalf("%+v, %v", out, err)
		}
		if after := everything(t, s); after != before {
			t.Errorf("%s\nbecame %s", before, after)
		}
		if d, err := s.Deposit(ctx, id); err != nil || d.Done != 3 {
			t.Errorf("%+v, %v", d, err)
		}
	})
}

// everything counts what a document may leave, and reads the clock.
func everything(t *testing.T, s *store.Store) string {
	t.Helper()
	var state string
	err := s.Read(ctx, &state, `SELECT (SELECT count(*) FROM cards) || ' cards ' || (SELECT count(*) FROM versions) || ' versions ' ||
		(SELECT count(*) FROM sent) || ' sent ' || (SELECT count(*) FROM corrected) || ' corrected ' || (SELECT count(*) FROM hand_again) || ' again ' ||
		(SELECT count(*) FROM notes) || ' notes ' || (SELECT count(*) FROM harvests) || ' harvests ' || (SELECT seq FROM clock) || ' ' || (SELECT stamp FROM clock)`)
	if err != nil {
		t.Fatal(err)
	}
	return state
}

// A card whose first version is being written is nowhere to be seen.
func TestPlaceholderIsInvisible(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		mours, peyrins := storetest.Library(t, s, "mours"), storetest.Library(t, s, "peyrins", withPush)
		storetest.Send(t, s, mours, storetest.Card("A1"))
		err := s.Exec(ctx, `INSERT INTO cards (oai_id, number, number_key, content, field_seqs, xml, provenance, seq, stamp, origin, ends, listed_until, created)
			VALUES ('ghost', 'G1', 'g1', '', '', '', '', 0, 0, 0, '', '', 0)`)
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := s.CardByOAIID(ctx, "ghost"); cards.CodeOf(err) != cards.NotFound {
			t.Errorf("by its identifier: %v", err)
		}
		for _, day := range []string{"", "2026-01-01"} {
			n := 0
			for _, err := range s.Cards(ctx, day) {
				if n++; err != nil {
					t.Fatal(err)
				}
			}
			if n != 1 {
				t.Errorf("%d cards exported", n)
			}
		}
		settle(t, s)
		if items, _ := fetch(t, s, peyrins, 0); numbers(items) != "[A1]" {
			t.Errorf("listed: %s", numbers(items))
		}
		if items, _ := s.PushFeed(ctx, cards.FeedRange{LibraryID: peyrins.ID, Day: "", Limit: 9}); numbers(items) != "[A1]" {
			t.Errorf("pushed: %s", numbers(items))
		}
		if status, _ := s.LibraryStatus(ctx, "peyrins"); status.Behind != 1 {
			t.Errorf("behind %d", status.Behind)
		}
		err = s.ConfirmPull(ctx, peyrins.ID, cards.Confirmation{Refused: []cards.NumberRefusal{{Number: "G1"}}})
		if status, _ := s.LibraryStatus(ctx, "peyrins"); !errors.Is(err, cards.ErrNobodysCard) || status.Again != 0 {
			t.Errorf("again %d, %v", status.Again, err)
		}
		// Should a crash of another kind ever leave one, the card is made all the same.
		if out := storetest.Send(t, s, mours, storetest.Card("g1")); out[0].Result != cards.Created || out[0].Number != "g1" {
			t.Errorf("%+v", out[0])
		}
	})
}
