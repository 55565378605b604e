package store_test

import (
	"testing"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/store"
	"github.com/carte-reseau/hub/internal/store/storetest"
)

// drop applies a card as a file of a library that was made then and arrives now.
func drop(t *testing.T, s *store.Store, l *cards.Library, made time.Time, in cards.Incoming) cards.Outcome {
	t.Helper()
	moment := cards.Moment{Made: made, Arrived: timeOf(t, s)}
	out, err := s.Apply(ctx, cards.Batch{Library: l, Door: cards.DoorFTP, Moment: moment, Items: itemsOf(in)})
	must(t, err)
	return out[0]
}

// timeOf is the network's time.
func timeOf(t *testing.T, s *store.Store) time.Time {
	t.Helper()
	at, err := s.Now(ctx)
	must(t, err)
	return at
}

// A library had not been handed a card when it made a file of it: that it was
// before the file arrived makes it no card it knew. A number two people were
// given is refused, what it never had is not cleared, and what differs goes by
// where the reader enrolled. Its system may have kept either over what it fetched.
func TestAFileMadeBeforeItsLibraryFetchedTheCard(t *testing.T) {
	later(t, func(t *testing.T, s *store.Store, wait func(time.Duration)) {
		mours, peyrins := storetest.Library(t, s, "mours"), storetest.Library(t, s, "peyrins")
		at := func(in cards.Incoming) cards.Incoming {
			in.EnrolledAt, in.Given = "mours", in.Given.With(cards.EnrolledAt)
			return in
		}
		storetest.Send(t, s, mours, at(storetest.Card("A1")), at(storetest.Card("A2")), at(storetest.Card("A3")))
		settle(t, s)
		made := timeOf(t, s)
		wait(time.Hour)
		fetch(t, s, peyrins, 0)
		wait(time.Hour)
		another := storetest.Card("A1", func(c *cards.Card) { c.LastName, c.FirstName, c.BirthDate = "Roux", "Zoé", "2001-05-06" })
		if out := drop(t, s, peyrins, made, another); out.Result != cards.Rejected || out.Faults[0].Code != cards.FaultOtherPerson {
			t.Errorf("a second person under one number: %+v", out)
		}
		if out := drop(t, s, peyrins, made, withPhone(storetest.Card("A2"), "")); out.Result != cards.Unchanged {
			t.Errorf("it clears what it never had: %+v", out)
		}
		if out := drop(t, s, peyrins, made, withPhone(storetest.Card("A3"), "06 11 11 11 11")); out.Result != cards.Unchanged {
			t.Errorf("it overrules the library of enrolment: %+v", out)
		}
		notes, err := s.Disputes(ctx, cards.DisputeQuery{Limit: 9})
		if err != nil || len(notes) != 1 || notes[0].Kind != cards.NoteConflict || notes[0].Lost.Value.Phone != "06 11 11 11 11" {
			t.Errorf("what was kept out is noted: %+v, %v", notes, err)
		}
		if status, err := s.LibraryStatus(ctx, "peyrins"); err != nil || status.Behind != 2 {
			t.Errorf("what it kept over the card it fetched, and what it left empty, is handed to it again: %d cards, %v", status.Behind, err)
		}
	})
}

// Clocks differ: who may have been handed the card before it made the file
// changed a card it knew.
func TestAFileMadeAboutWhenItsLibraryFetchedTheCard(t *testing.T) {
	later(t, func(t *testing.T, s *store.Store, wait func(time.Duration)) {
		mours, peyrins := storetest.Library(t, s, "mours"), storetest.Library(t, s, "peyrins")
		storetest.Send(t, s, mours, storetest.Card("A1"))
		settle(t, s)
		made := timeOf(t, s)
		wait(10 * time.Minute)
		fetch(t, s, peyrins, 0)
		wait(time.Hour)
		if out := drop(t, s, peyrins, made, withPhone(storetest.Card("A1"), "06 11 11 11 11")); out.Result != cards.Modified {
			t.Errorf("%+v", out)
		}
	})
}

// How a library's marks moved is kept for a month. Of a file that is older
// nobody can tell what crossed it: whatever it was handed may have. Who typed
// what it replaces is not overruled in silence.
func TestAFileOfMonthsAgo(t *testing.T) {
	const months = 40 * 24 * time.Hour
	for how, moves := range map[string]time.Duration{"nothing moved since": 0, "its mark moved since": months, "its mark moved once more then": time.Hour} {
		t.Run(how, func(t *testing.T) {
			later(t, func(t *testing.T, s *store.Store, wait func(time.Duration)) {
				mours, peyrins := storetest.Library(t, s, "mours"), storetest.Library(t, s, "peyrins")
				storetest.Send(t, s, mours, withPhone(storetest.Card("A1"), "04 00 00 00 01"))
				settle(t, s)
				_, stamp := fetch(t, s, peyrins, 0)
				wait(time.Hour)
				made := timeOf(t, s)
				wait(time.Hour)
				storetest.Send(t, s, mours, withPhone(storetest.Card("A1"), "04 00 00 00 02"))
				settle(t, s)
				_, stamp = fetch(t, s, peyrins, stamp+1)
				wait(moves)
				if moves > 0 {
					storetest.Send(t, s, mours, storetest.Card("A2"))
					settle(t, s)
					fetch(t, s, peyrins, stamp+1)
				}
				wait(months - moves)
				must(t, s.Purge(ctx, 30*24*time.Hour))
				if out := drop(t, s, peyrins, made, withPhone(storetest.Card("A1"), "04 00 00 00 03")); out.Result != cards.Modified {
					t.Fatalf("%+v", out)
				}
				notes, err := s.Disputes(ctx, cards.DisputeQuery{Limit: 9})
				if err != nil || len(notes) != 1 || notes[0].Lost.Value.Phone != "04 00 00 00 02" {
					t.Errorf("the number it did not know of is gone without a word: %+v, %v", notes, err)
				}
				settle(t, s)
				if items, _ := fetch(t, s, peyrins, 0); numbers(items) != "[A1]" && numbers(items) != "[A2 A1]" {
					t.Errorf("it holds the value it was handed since, and is handed %s", numbers(items))
				}
			})
		})
	}
}

// What is empty in it clears nothing that its library was handed since.
func TestAFileOfMonthsAgoClearsNothing(t *testing.T) {
	later(t, func(t *testing.T, s *store.Store, wait func(time.Duration)) {
		mours, peyrins := storetest.Library(t, s, "mours"), storetest.Library(t, s, "peyrins")
		storetest.Send(t, s, mours, storetest.Card("A1"))
		settle(t, s)
		made := timeOf(t, s)
		wait(time.Hour)
		_, stamp := fetch(t, s, peyrins, 0)
		storetest.Send(t, s, mours, storetest.Card("A2"))
		wait(time.Hour)
		fetch(t, s, peyrins, stamp+1)
		wait(40 * 24 * time.Hour)
		must(t, s.Purge(ctx, 30*24*time.Hour))
		drop(t, s, peyrins, made, withPhone(storetest.Card("A1"), ""))
		wantState(t, s, "A1  04 75 00 00 00; A2  04 75 00 00 00")
	})
}

// That a library was ever handed cards by themselves, or by lists it never took to
// their end, is known for good, though not which and when: what such a list or card
// brought back in its system is no edit in its file of months ago. Who was handed
// nothing typed what its files say, however late they come.
func TestAFileOfMonthsAgoOfALibraryWhoseMarkNeverMoved(t *testing.T) {
	const older, newer = "04 00 00 00 01", "04 00 00 00 02"
	none := func(*testing.T, *store.Store, *cards.Library) {}
	for how, was := range map[string]struct {
		handed func(*testing.T, *store.Store, *cards.Library)
		stands string
	}{
		"handed nothing":             {none, older},
		"a card asked for by itself": {askFor, newer},
		"a list cut short":           {beginList, newer},
	} {
		t.Run(how, func(t *testing.T) {
			later(t, func(t *testing.T, s *store.Store, wait func(time.Duration)) {
				mours, peyrins := storetest.Library(t, s, "mours"), storetest.Library(t, s, "peyrins")
				storetest.Send(t, s, peyrins, withPhone(storetest.Card("A1"), older))
				added := withPhone(storetest.Card("A1"), older)
				added.Email, added.Given = "helene@example.org", added.Given.With(cards.Email)
				storetest.Send(t, s, mours, added)
				settle(t, s)
				wait(time.Hour)
				made := timeOf(t, s)
				was.handed(t, s, peyrins)
				wait(40 * 24 * time.Hour)
				must(t, s.Purge(ctx, 30*24*time.Hour))
				for i, phone := range []string{newer, older} {
					drop(t, s, peyrins, made.Add(time.Duration(i)*time.Second), withPhone(storetest.Card("A1"), phone))
				}
				file, err := s.CardFile(ctx, "A1")
				must(t, err)
				if file.Card.Phone != was.stands {
					t.Errorf("%q stands, want %q", file.Card.Phone, was.stands)
				}
				if notes, err := s.Disputes(ctx, cards.DisputeQuery{Limit: 9}); err != nil || was.stands == older && len(notes) > 0 {
					t.Errorf("staff are told of what nobody else touched: %+v, %v", notes, err)
				}
			})
		})
	}
}

// askFor has a library ask for the one card there is by itself.
func askFor(t *testing.T, s *store.Store, l *cards.Library) {
	t.Helper()
	items, _ := fetch(t, s, storetest.Library(t, s, "genissieux"), 0)
	if len(items) != 1 {
		t.Fatal(items)
	}
	must(t, s.NoteAsked(ctx, l.ID, &items[0]))
}

// beginList has it begin a list of all there is.
func beginList(t *testing.T, s *store.Store, l *cards.Library) {
	t.Helper()
	seq, err := s.Seq(ctx)
	must(t, err)
	must(t, s.BeginList(ctx, cards.List{LibraryID: l.ID, Until: timeOf(t, s).Unix(), UpperSeq: seq}))
}

// beginBehind has it begin a list behind all there is, in which that is handed again.
func beginBehind(t *testing.T, s *store.Store, l *cards.Library) {
	t.Helper()
	behind := timeOf(t, s).Unix()
	must(t, s.BridgeGap(ctx, l.ID, behind))
	seq, err := s.Seq(ctx)
	must(t, err)
	must(t, s.BeginList(ctx, cards.List{LibraryID: l.ID, From: behind, Until: behind, UpperSeq: seq}))
}

// beginBehindTwice has it begin such a list, and ask for another further behind, in which that is handed again once more
// and which breaks off before it begins.
func beginBehindTwice(t *testing.T, s *store.Store, l *cards.Library) {
	t.Helper()
	beginBehind(t, s, l)
	must(t, s.Exec(ctx, "UPDATE hand_again SET stamp = stamp - 2")) // a while ago
	must(t, s.BridgeGap(ctx, l.ID, timeOf(t, s).Unix()))
}

// Two files say the same while their library is given the card as it was before, which its system puts back, and is given
// what they say after the first has come. Only the last time is known of what is given by itself: what crossed the first
// file crossed the second too, and what was put back is no edit in a third.
func TestWhatCrossedAFileCrossesTheNext(t *testing.T) {
	const older, newer = "04 00 00 00 01", "04 00 00 00 02"
	later(t, func(t *testing.T, s *store.Store, wait func(time.Duration)) {
		mours, peyrins := storetest.Library(t, s, "mours"), storetest.Library(t, s, "peyrins")
		asks := func() {
			settle(t, s)
			item, _, err := s.CardByOAIID(ctx, oaiIDOf(t, s, "A1"))
			must(t, err)
			must(t, s.NoteAsked(ctx, peyrins.ID, item))
		}
		storetest.Send(t, s, mours, withPhone(storetest.Card("A1"), older))
		settle(t, s)
		fetch(t, s, peyrins, 0)
		wait(time.Hour)
		made := timeOf(t, s)
		wait(time.Minute)
		asks()
		drop(t, s, peyrins, made, withPhone(storetest.Card("A1"), newer))
		wait(time.Minute)
		asks()
		drop(t, s, peyrins, made.Add(time.Second), withPhone(storetest.Card("A1"), newer))
		drop(t, s, peyrins, made.Add(2*time.Minute), withPhone(storetest.Card("A1"), older))
		wantState(t, s, "A1  "+newer)
		if notes, err := s.Disputes(ctx, cards.DisputeQuery{Limit: 9}); err != nil || len(notes) != 2 {
			t.Errorf("%+v, %v", notes, err)
		}
	})
}
