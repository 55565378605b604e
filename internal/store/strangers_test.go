package store_test

import (
	"testing"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/store"
	"github.com/carte-reseau/hub/internal/store/storetest"
)

// anotherReader makes a card that of somebody who shares neither name nor birth date with the usual one.
func anotherReader(in cards.Incoming) cards.Incoming {
	in.LastName, in.FirstName, in.BirthDate = "Lopez", "Ana", "1961-07-01"
	return in
}

// That a library gave a number to a reader of its own is remembered also where
// the number's card becomes another one's.
func TestANumberGivenTwiceIsSettledAlsoOnceItsCardWasJoined(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		mours, peyrins := storetest.Library(t, s, "mours"), storetest.Library(t, s, "peyrins")
		storetest.Send(t, s, mours, storetest.Card("A1"), storetest.Card("M1"))
		wantOutcome(t, storetest.Send(t, s, peyrins, anotherReader(storetest.Card("A1")))[0], cards.Rejected, "")
		storetest.Send(t, s, mours, replacing("M1", "A1"))
		wantOutcome(t, storetest.Send(t, s, peyrins, anotherReader(replacing("B1", "A1")))[0], cards.Created, "")
		wantState(t, s, "B1  04 75 00 00 00; M1 A1 04 75 00 00 00")
	})
}

// A desk gives a reader a new card whose number another library has given to
// somebody else, whose card it was handed and may not have taken.
func TestNoCardIsTakenOverByAnotherReadersThatWasHanded(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		mours, peyrins := storetest.Library(t, s, "mours"), storetest.Library(t, s, "peyrins")
		storetest.Send(t, s, mours, storetest.Card("A1"), anotherReader(withPhone(storetest.Card("B1"), "06 11 11 11 11")))
		settle(t, s)
		fetch(t, s, peyrins, 0)
		out := storetest.Send(t, s, peyrins, replacing("B1", "A1"))[0]
		if out.Result != cards.Rejected || out.Faults[0].Code != cards.FaultOtherPerson {
			t.Errorf("%+v", out)
		}
		wantState(t, s, "A1  04 75 00 00 00; B1  06 11 11 11 11")
		wantOutcome(t, storetest.Send(t, s, peyrins, replacing("C1", "A1", "B1"))[0], cards.Modified, "")
	})
}

// A record that says it replaces an erased one is that reader's still.
func TestAnErasedReaderDoesNotComeBackUnderANewNumber(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		mours, peyrins := storetest.Library(t, s, "mours"), storetest.Library(t, s, "peyrins")
		storetest.Send(t, s, mours, storetest.Card("A1"))
		if _, err := s.Erase(ctx, "A1", "Claire"); err != nil {
			t.Fatal(err)
		}
		out := storetest.Send(t, s, peyrins, replacing("B1", "A1"))[0]
		if out.Result != cards.Rejected || out.Faults[0].Code != cards.FaultErased || out.Faults[0].Field != "ancien-numero" {
			t.Errorf("%+v", out)
		}
		// So it is where the record stands for others of the document.
		out = storetest.Send(t, s, peyrins, replacing("B1", "A1", "X9"), storetest.Card("X9"))[0]
		if out.Result != cards.Rejected || out.Number != cards.MaskNumber("B1") {
			t.Errorf("%+v", out)
		}
		wantState(t, s, "X9  04 75 00 00 00")
		if _, err := s.Erase(ctx, "X9", "Claire"); err != nil {
			t.Fatal(err)
		}
		// Who has come back, and was enrolled with a new card, stays: a system may have put both records together.
		wantOutcome(t, storetest.Send(t, s, mours, storetest.Card("C1"))[0], cards.Created, "")
		wantOutcome(t, storetest.Send(t, s, mours, withPhone(replacing("C1", "A1"), "06 11 11 11 11"))[0], cards.Modified, "")
		wantState(t, s, "C1  06 11 11 11 11")
	})
}

// A library that went back to an old backup and exports it, before anybody told
// the hub, types nothing: its record says it was changed before the one it sent
// last. What it types itself is later.
func TestARestoredBackupSentTooEarlyIsDoubted(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		mours := storetest.Library(t, s, "mours")
		changed := func(day int, phone string) cards.Incoming {
			in := withPhone(storetest.Card("A1"), phone)
			in.ChangedAt = time.Date(2026, 11, day, 9, 0, 0, 0, time.UTC)
			return in
		}
		storetest.Send(t, s, mours, changed(1, "06 11 11 11 11"))
		storetest.Send(t, s, mours, changed(2, "06 22 22 22 22"))
		storetest.Send(t, s, mours, changed(1, "06 11 11 11 11"))
		wantState(t, s, "A1  06 22 22 22 22")
		wantWaiting(t, s, cards.Waiting{Disputes: 1})
		settle(t, s)
		if items, _ := fetch(t, s, mours, 0); numbers(items) != "[A1]" {
			t.Errorf("handed again: %s", numbers(items))
		}
		storetest.Send(t, s, mours, changed(3, "06 22 22 22 22"))
		storetest.Send(t, s, mours, changed(4, "06 11 11 11 11"))
		wantState(t, s, "A1  06 11 11 11 11")
	})
}

// Whose system turned the card down, and then sends somebody else under its
// number, has given it to a reader of its own.
func TestWhoRefusedACardHasGivenItsNumberToSomebodyElse(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		mours := storetest.Library(t, s, "mours")
		peyrins := storetest.Library(t, s, "peyrins", func(l *cards.Library) { l.PushURL = "http://peyrins.example.org/" })
		storetest.Send(t, s, mours, storetest.Card("A1"))
		settle(t, s)
		items, err := storetest.Feed(ctx, s, cards.FeedRange{LibraryID: peyrins.ID, Upper: 1 << 40, Until: 1 << 40, Day: "2026-01-01", Limit: 3})
		if err != nil || len(items) != 1 {
			t.Fatalf("%+v, %v", items, err)
		}
		if err := s.SettlePush(ctx, peyrins.ID, items[0].Seq, nil, []cards.Refusal{{CardID: items[0].CardID, Reason: cards.Quote("déjà pris")}}); err != nil {
			t.Fatal(err)
		}
		out := storetest.Send(t, s, peyrins, anotherReader(storetest.Card("A1")))[0]
		if out.Result != cards.Rejected || out.Faults[0].Code != cards.FaultOtherPerson {
			t.Errorf("%+v", out)
		}
		// Once its reader has another number, it takes the card.
		if err := s.SettlePush(ctx, peyrins.ID, 0, []cards.FeedItem{{CardID: items[0].CardID, Seq: 1 << 40, Version: items[0].Version}}, nil); err != nil {
			t.Fatal(err)
		}
		wantOutcome(t, storetest.Send(t, s, peyrins, anotherReader(replacing("B1", "A1")))[0], cards.Created, "")
	})
}

// A library that was handed a card has not heard of the number it was given
// since: that it may have given to a reader of its own.
func TestANewNumberIsUnknownToWhoWasHandedTheOldOne(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		mours, peyrins := storetest.Library(t, s, "mours"), storetest.Library(t, s, "peyrins")
		storetest.Send(t, s, mours, storetest.Card("A1"))
		settle(t, s)
		fetch(t, s, peyrins, 0)
		storetest.Send(t, s, mours, replacing("B1", "A1"))
		for range 2 {
			out := storetest.Send(t, s, peyrins, anotherReader(storetest.Card("B1")))[0]
			if out.Result != cards.Rejected || out.Faults[0].Code != cards.FaultOtherPerson {
				t.Errorf("%+v", out)
			}
			settle(t, s)
			fetch(t, s, peyrins, 0)
		}
	})
}

// A desk that asked for one card knows what it says, and may clear it.
func TestWhatWasAskedForByItselfMayBeCleared(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		mours, peyrins := storetest.Library(t, s, "mours"), storetest.Library(t, s, "peyrins")
		storetest.Send(t, s, mours, storetest.Card("A1"))
		settle(t, s)
		items, _ := fetch(t, s, storetest.Library(t, s, "genissieux"), 0)
		if err := s.NoteAsked(ctx, peyrins.ID, &items[0]); err != nil {
			t.Fatal(err)
		}
		storetest.Send(t, s, peyrins, withPhone(storetest.Card("A1"), ""))
		wantState(t, s, "A1  ")
	})
}

// A document that was made before its library restored an old backup, and is
// taken up after everything was delivered again, holds what that library has no
// more.
func TestWhatWasOnItsWayWhenABackupWasRestoredIsHandedBack(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		mours := storetest.Library(t, s, "mours")
		storetest.Send(t, s, mours, storetest.Card("A1"))
		made := time.Now().Add(-time.Second)
		if _, err := s.DeliverAgain(ctx, mours.ID, "Claire"); err != nil {
			t.Fatal(err)
		}
		for _, in := range []cards.Incoming{storetest.Card("N1"), withPhone(storetest.Card("A1"), "06 11 11 11 11")} {
			_, err := s.Apply(ctx, cards.Batch{
				Library: mours, Door: cards.DoorPost, Moment: cards.Moment{Made: made, Arrived: time.Now()}, Items: []cards.Item{{Ordinal: 1, Incoming: in}},
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		settle(t, s)
		items, stamp := fetch(t, s, mours, 0)
		if numbers(items) != "[N1 A1]" {
			t.Errorf("handed back: %s", numbers(items))
		}
		storetest.Send(t, s, mours, withPhone(storetest.Card("A1"), "06 22 22 22 22"))
		settle(t, s)
		if items, _ = fetch(t, s, mours, stamp+1); len(items) != 0 {
			t.Errorf("a later document: %s", numbers(items))
		}
	})
}

// A library knows a reader by the number their card had before, and has given
// the one it has now to somebody else. Its document holds both.
func TestANumberGivenTwiceIsRememberedBesideTheOldRecord(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		mours, peyrins := storetest.Library(t, s, "mours"), storetest.Library(t, s, "peyrins")
		storetest.Send(t, s, mours, storetest.Card("A1"))
		settle(t, s)
		fetch(t, s, peyrins, 0)
		storetest.Send(t, s, mours, replacing("B1", "A1"))
		out := storetest.Send(t, s, peyrins, withPhone(storetest.Card("A1"), "06 11 11 11 11"), anotherReader(storetest.Card("B1")))
		wantOutcome(t, out[0], cards.Modified, "B1")
		wantOutcome(t, out[1], cards.Rejected, "")
		wantOutcome(t, storetest.Send(t, s, peyrins, anotherReader(replacing("C1", "B1")))[0], cards.Created, "")
		wantState(t, s, "B1 A1 06 11 11 11 11; C1  04 75 00 00 00")
	})
}

// A library gives the number of a card that has another one by now to a reader
// of its own, and its document holds both: it is not told that they are one.
func TestAnOldNumberOfAnotherReaderIsRejectedBesideTheirCard(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		mours, peyrins := storetest.Library(t, s, "mours"), storetest.Library(t, s, "peyrins")
		storetest.Send(t, s, mours, storetest.Card("A1"))
		storetest.Send(t, s, mours, replacing("B1", "A1"))
		settle(t, s)
		fetch(t, s, peyrins, 0)
		out := storetest.Send(t, s, peyrins, anotherReader(storetest.Card("A1")), withPhone(storetest.Card("B1"), "06 11 11 11 11"))
		if out[0].Result != cards.Rejected || out[0].NewNumber != "" || out[0].Faults[0].Code != cards.FaultOtherPerson {
			t.Errorf("%+v", out[0])
		}
		wantOutcome(t, out[1], cards.Modified, "")
		wantOutcome(t, storetest.Send(t, s, peyrins, anotherReader(replacing("C1", "A1")))[0], cards.Created, "")
	})
}
