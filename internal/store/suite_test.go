package store_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/store"
	"github.com/carte-reseau/hub/internal/store/storetest"
)

var ctx = context.Background()

// fetch plays a library that harvests its whole set from a stamp on, and ends
// the list. Nothing changes meanwhile.
func fetch(t *testing.T, s *store.Store, l *cards.Library, from int64) (items []cards.FeedItem, responseDate int64) {
	t.Helper()
	items, size, responseDate := harvest(t, s, l, from)
	if int64(len(items)) != size {
		t.Errorf("list of %d cards, complete list size %d", len(items), size)
	}
	return items, responseDate
}

// harvest does the same while others may write.
func harvest(t *testing.T, s *store.Store, l *cards.Library, from int64) (items []cards.FeedItem, size, responseDate int64) {
	t.Helper()
	if err := s.BridgeGap(ctx, l.ID, from); err != nil {
		t.Fatal(err)
	}
	closed, err := s.CloseSecond(ctx)
	if err != nil {
		t.Fatal(err)
	}
	day := time.Unix(closed, 0).UTC().Format(time.DateOnly)
	r := cards.FeedRange{LibraryID: l.ID, From: from, Until: closed, Day: day, Limit: 3}
	upper, size, err := s.ListBounds(ctx, r)
	if err != nil {
		t.Fatal(err)
	}
	r.Upper = upper
	for upper > 0 {
		page, err := storetest.Feed(ctx, s, r)
		if err != nil {
			t.Fatal(err)
		}
		items = append(items, page...)
		if len(page) < r.Limit {
			break
		}
		r.After = page[len(page)-1].Seq
	}
	for _, item := range items {
		if item.Stamp < from || item.Stamp > closed {
			t.Errorf("a datestamp of %d in a list from %d until %d", item.Stamp, from, closed)
		}
	}
	if err := s.FinishList(ctx, cards.List{LibraryID: l.ID, From: from, Until: closed, UpperSeq: upper}); err != nil {
		t.Fatal(err)
	}
	return items, size, closed
}

// settle lets the second go by in which whatever was stamped can be listed.
// Nobody waits for it: the next stamps are ahead of the clock.
func settle(t *testing.T, s *store.Store) {
	t.Helper()
	if err := s.Exec(ctx, "UPDATE clock SET closed = stamp WHERE closed < stamp"); err != nil {
		t.Fatal(err)
	}
}

func numbers(items []cards.FeedItem) string {
	list := make([]string, len(items))
	for i, item := range items {
		list[i] = item.Number
	}
	return fmt.Sprint(list)
}

func TestCardReachesTheOthersAndNotItsSender(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		mours, peyrins := storetest.Library(t, s, "mours"), storetest.Library(t, s, "peyrins")
		out := storetest.Send(t, s, mours, storetest.Card("A1"), storetest.Card("A2"))
		if out[0].Result != cards.Created || out[1].Result != cards.Created {
			t.Fatalf("outcomes %+v", out)
		}
		settle(t, s)
		if items, _ := fetch(t, s, mours, 0); len(items) != 0 {
			t.Errorf("the sender was handed %s", numbers(items))
		}
		items, stamp := fetch(t, s, peyrins, 0)
		if numbers(items) != "[A1 A2]" {
			t.Errorf("the other library was handed %s", numbers(items))
		}
		if items, _ = fetch(t, s, peyrins, stamp+1); len(items) != 0 {
			t.Errorf("handed twice: %s", numbers(items))
		}
		status, err := s.LibraryStatus(ctx, "peyrins")
		if err != nil || status.Behind != 0 {
			t.Errorf("behind %d, %v", status.Behind, err)
		}
	})
}

func TestUnchangedIsFree(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		mours := storetest.Library(t, s, "mours")
		storetest.Send(t, s, mours, storetest.Card("A1"))
		before, err := s.Seq(ctx)
		if err != nil {
			t.Fatal(err)
		}
		same := storetest.Card("a1", func(c *cards.Card) { c.Phone = "+33 4.75.00.00.00" })
		if out := storetest.Send(t, s, mours, same); out[0].Result != cards.Unchanged || out[0].Number != "A1" {
			t.Errorf("outcome %+v", out[0])
		}
		if after, _ := s.Seq(ctx); after != before {
			t.Errorf("seq moved from %d to %d", before, after)
		}
	})
}

func TestTwoLibrariesChangeDifferentFields(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		mours, peyrins := storetest.Library(t, s, "mours"), storetest.Library(t, s, "peyrins")
		storetest.Send(t, s, mours, storetest.Card("A1"))
		settle(t, s)
		fetch(t, s, peyrins, 0)
		storetest.Send(t, s, mours, storetest.Card("A1", func(c *cards.Card) { c.Phone = "04 75 11 11 11" }))
		out := storetest.Send(t, s, peyrins, storetest.Card("A1", func(c *cards.Card) { c.Address.Lines = []string{"1 place Jacquemart"} }))
		if out[0].Result != cards.Modified {
			t.Fatalf("outcome %+v", out[0])
		}
		settle(t, s)
		items, _ := fetch(t, s, peyrins, 0)
		if len(items) != 1 {
			t.Fatalf("peyrins, whose phone is old, was handed %s", numbers(items))
		}
		xml := string(items[0].XML)
		for _, want := range []string{"04 75 11 11 11", "1 place Jacquemart"} {
			if !contains(xml, want) {
				t.Errorf("%q is lost in %s", want, xml)
			}
		}
		if items, _ := fetch(t, s, mours, 0); len(items) != 1 {
			t.Errorf("mours was handed %s", numbers(items))
		}
	})
}

func TestExpiredCardIsInNoSetButEarlyEndIsPushed(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		mours, peyrins := storetest.Library(t, s, "mours"), storetest.Library(t, s, "peyrins")
		expired := func(c *cards.Card) { c.Enrolment.Renewed, c.Enrolment.End = "", "2024-10-01" }
		storetest.Send(t, s, mours, storetest.Card("NEVER", expired), storetest.Card("EARLY"))
		storetest.Send(t, s, mours, storetest.Card("EARLY", expired))
		settle(t, s)
		if items, _ := fetch(t, s, peyrins, 0); len(items) != 0 {
			t.Errorf("expired cards in the set: %s", numbers(items))
		}
		items, err := s.PushFeed(ctx, cards.FeedRange{LibraryID: peyrins.ID, Day: "2026-11-21", Limit: 10})
		if err != nil || numbers(items) != "[EARLY]" {
			t.Errorf("pushed %s, %v", numbers(items), err)
		}
	})
}

func TestRefusedCardWaitsAndIsClearedWhenDelivered(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		mours := storetest.Library(t, s, "mours")
		monnaie := storetest.Library(t, s, "monnaie", func(l *cards.Library) { l.PushURL = "http://ils.example.org/cartes" })
		storetest.Send(t, s, mours, storetest.Card("A1"), storetest.Card("A2"))
		feed, err := s.PushFeed(ctx, cards.FeedRange{LibraryID: monnaie.ID, Day: "2026-11-21", Limit: 10})
		if err != nil || len(feed) != 2 {
			t.Fatalf("feed %s, %v", numbers(feed), err)
		}
		refused := []cards.Refusal{{CardID: feed[1].CardID, Reason: cards.Quote("nom trop long")}}
		if err := s.SettlePush(ctx, monnaie.ID, feed[1].Seq, feed[:1], refused); err != nil {
			t.Fatal(err)
		}
		status, err := s.LibraryStatus(ctx, "monnaie")
		if err != nil || status.Behind != 1 || status.Again != 1 {
			t.Errorf("behind %d, again %d, %v", status.Behind, status.Again, err)
		}
		if due, _ := s.HandAgainDue(ctx, monnaie.ID, "2026-11-21", 10); len(due) != 0 {
			t.Errorf("due at once: %+v", due)
		}
		next, err := s.NextHandAgain(ctx, monnaie.ID)
		if wait := time.Until(next); err != nil || wait < 20*time.Second || wait > 40*time.Second {
			t.Errorf("next attempt in %v, %v", wait, err)
		}
		storetest.Send(t, s, mours, storetest.Card("A2", func(c *cards.Card) { c.LastName = "Roux" }))
		feed, err = s.PushFeed(ctx, cards.FeedRange{LibraryID: monnaie.ID, After: status.Push.Seq, Day: "2026-11-21", Limit: 10})
		if err != nil || numbers(feed) != "[A2]" {
			t.Fatalf("the new version: %s, %v", numbers(feed), err)
		}
		if err := s.SettlePush(ctx, monnaie.ID, feed[0].Seq, feed, nil); err != nil {
			t.Fatal(err)
		}
		if status, _ = s.LibraryStatus(ctx, "monnaie"); status.Behind != 0 || status.Again != 0 {
			t.Errorf("behind %d, again %d", status.Behind, status.Again)
		}
	})
}

// A harvester whose clock is ahead begins each list later than the last one
// ended, and so would skip what is stamped right behind it, for ever.
func TestHarvesterThatSkipsIsHandedTheGapAgain(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		mours, peyrins := storetest.Library(t, s, "mours"), storetest.Library(t, s, "peyrins")
		for _, number := range []string{"A1", "A2"} {
			_, last := fetch(t, s, peyrins, 0)
			storetest.Send(t, s, mours, storetest.Card(number))
			settle(t, s)
			closed, _ := s.CloseSecond(ctx)
			ahead := max(closed, last) + 2
			waitAfter(t, s, ahead)
			items, _ := fetch(t, s, peyrins, ahead)
			if numbers(items) != "["+number+"]" {
				t.Errorf("the skipped card: %s", numbers(items))
			}
			if items, _ = fetch(t, s, peyrins, ahead); numbers(items) != "["+number+"]" {
				t.Errorf("the same list once more: %s", numbers(items))
			}
		}
	})
}

// waitAfter waits until the database's clock has passed a second.
func waitAfter(t *testing.T, s *store.Store, second int64) {
	t.Helper()
	for deadline := time.Now().Add(5 * time.Second); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		if now, err := s.Now(ctx); err == nil && now.Unix() > second {
			return
		}
	}
	t.Fatal("the clock stands still")
}

// A file waits for the FTP drop's next round while its sender harvests: the
// older version it is handed replaces its change, so it is handed the change
// back.
func TestChangeOvertakenOnItsWayIsHandedBack(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		mours, peyrins := storetest.Library(t, s, "mours"), storetest.Library(t, s, "peyrins")
		storetest.Send(t, s, mours, storetest.Card("A1"))
		settle(t, s)
		made := time.Now()
		fetch(t, s, peyrins, 0)
		file := cards.Batch{
			Library: peyrins, Door: cards.DoorFTP, Moment: cards.Moment{Made: made, Arrived: time.Now()},
			Items: []cards.Item{{Ordinal: 1, Incoming: storetest.Card("A1", func(c *cards.Card) { c.Phone = "04 75 11 11 11" })}},
		}
		if out, err := s.Apply(ctx, file); err != nil || out[0].Result != cards.Modified {
			t.Fatalf("%+v, %v", out, err)
		}
		settle(t, s)
		if items, _ := fetch(t, s, peyrins, 0); len(items) != 1 || !contains(string(items[0].XML), "04 75 11 11 11") {
			t.Errorf("handed back: %s", numbers(items))
		}
	})
}

// The same for a push that was under way when the library's edit was fetched.
func TestEditPushedOverIsHandedBack(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		mours := storetest.Library(t, s, "mours")
		monnaie := storetest.Library(t, s, "monnaie", func(l *cards.Library) { l.PushURL = "http://ils.example.org/cartes" })
		storetest.Send(t, s, mours, storetest.Card("A1"))
		storetest.Send(t, s, monnaie, storetest.Card("A1"))
		storetest.Send(t, s, mours, storetest.Card("A1", func(c *cards.Card) { c.Email = "h@example.org" }))
		underWay, err := s.PushFeed(ctx, cards.FeedRange{LibraryID: monnaie.ID, Day: "2026-11-21", Limit: 10})
		if err != nil || len(underWay) != 1 {
			t.Fatalf("feed %s, %v", numbers(underWay), err)
		}
		storetest.Send(t, s, monnaie, storetest.Card("A1", func(c *cards.Card) { c.Email, c.Phone = "h@example.org", "04 75 11 11 11" }))
		if err := s.SettlePush(ctx, monnaie.ID, underWay[0].Seq, underWay, nil); err != nil {
			t.Fatal(err)
		}
		if status, err := s.LibraryStatus(ctx, "monnaie"); err != nil || status.Behind != 1 {
			t.Errorf("behind %d, %v", status.Behind, err)
		}
	})
}

func TestEverythingIsDeliveredAgain(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		mours, peyrins := storetest.Library(t, s, "mours"), storetest.Library(t, s, "peyrins")
		storetest.Send(t, s, mours, storetest.Card("A1"))
		storetest.Send(t, s, peyrins, storetest.Card("B1"))
		settle(t, s)
		_, stamp := fetch(t, s, peyrins, 0)
		if n, err := s.DeliverAgain(ctx, peyrins.ID, "Claire"); err != nil || n != 2 {
			t.Fatal(n, err)
		}
		settle(t, s)
		if items, _ := fetch(t, s, peyrins, stamp+1); numbers(items) != "[A1 B1]" {
			t.Errorf("delivered again: %s", numbers(items))
		}
	})
}

// A library that changes its own card without naming where the reader enrolled,
// which the hub filled in, is not handed its own change.
func TestOwnChangeIsNoEcho(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		mours := storetest.Library(t, s, "mours")
		storetest.Send(t, s, mours, storetest.Card("A1"))
		storetest.Send(t, s, mours, storetest.Card("A1", func(c *cards.Card) { c.Phone = "04 75 11 11 11" }))
		settle(t, s)
		if items, _ := fetch(t, s, mours, 0); len(items) != 0 {
			t.Errorf("echo: %s", numbers(items))
		}
	})
}

// What a complete document lacks is handed again; what it rejected or never
// was to have is not, and nothing is deleted.
func TestCompleteDocumentShowsWhatIsMissing(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		mours, peyrins := storetest.Library(t, s, "mours"), storetest.Library(t, s, "peyrins")
		storetest.Send(t, s, mours, storetest.Card("LOST"), storetest.Card("HELD"), storetest.Card("BAD"))
		settle(t, s)
		_, stamp := fetch(t, s, peyrins, 0)
		storetest.Send(t, s, mours, storetest.Card("NEW"))
		id, err := s.CreateDeposit(ctx, cards.Deposit{LibraryID: peyrins.ID, Door: cards.DoorPost, Arrived: time.Now()})
		if err != nil {
			t.Fatal(err)
		}
		bad := cards.Item{Ordinal: 2, Incoming: storetest.Card("BAD"), Faults: []cards.Fault{{Code: "dates", Message: "…"}}}
		b := cards.Batch{
			Library: peyrins, Door: cards.DoorPost, Deposit: id, Complete: true, Moment: cards.Moment{Arrived: time.Now()},
			Items: []cards.Item{{Ordinal: 1, Incoming: storetest.Card("HELD")}, bad},
		}
		if _, err := s.Apply(ctx, b); err != nil {
			t.Fatal(err)
		}
		if err := s.HandMissing(ctx, id); err != nil {
			t.Fatal(err)
		}
		if err := s.FinishDeposit(ctx, id, cards.Partial, nil); err != nil {
			t.Fatal(err)
		}
		settle(t, s)
		if items, _ := fetch(t, s, peyrins, stamp+1); numbers(items) != "[NEW LOST]" {
			t.Errorf("handed again: %s", numbers(items))
		}
	})
}
