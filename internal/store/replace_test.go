package store_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/store"
	"github.com/carte-reseau/hub/internal/store/storetest"
)

// replacing is a card that says which numbers it replaces.
func replacing(number string, former ...string) cards.Incoming {
	in := storetest.Card(number, func(c *cards.Card) { c.Former = former })
	in.Given = in.Given.With(cards.FormerNumbers)
	return in
}

func withPhone(in cards.Incoming, phone string) cards.Incoming {
	in.Phone = phone
	return in
}

func decode(t *testing.T, content string) cards.Card {
	t.Helper()
	var c cards.Card
	if err := json.Unmarshal([]byte(content), &c); err != nil {
		t.Fatal(err)
	}
	return c
}

// state is what the network holds, as "number former… phone", card by card.
func state(t *testing.T, s *store.Store) string {
	t.Helper()
	var contents []string
	if err := s.Read(ctx, &contents, "SELECT content FROM cards ORDER BY number_key"); err != nil {
		t.Fatal(err)
	}
	var lines []string
	for _, content := range contents {
		if content == "" {
			lines = append(lines, "a room left behind")
			continue
		}
		c := decode(t, content)
		lines = append(lines, fmt.Sprintf("%s %s %s", c.Number, strings.Join(c.Former, ","), c.Phone))
	}
	return strings.Join(lines, "; ")
}

func wantState(t *testing.T, s *store.Store, want string) {
	t.Helper()
	if got := state(t, s); got != want {
		t.Errorf("the network holds %q, want %q", got, want)
	}
}

func wantOutcome(t *testing.T, got cards.Outcome, result cards.Result, newNumber string) {
	t.Helper()
	if got.Result != result || got.NewNumber != newNumber {
		t.Errorf("card %s: %s, new number %q; want %s, %q", got.Number, got.Result, got.NewNumber, result, newNumber)
	}
}

func TestANewNumberTakesOverTheOldCard(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		mours, peyrins := storetest.Library(t, s, "mours"), storetest.Library(t, s, "peyrins")
		storetest.Send(t, s, mours, storetest.Card("A1"))
		settle(t, s)
		before, _ := fetch(t, s, peyrins, 0)
		wantOutcome(t, storetest.Send(t, s, mours, replacing("B1", "A1"))[0], cards.Modified, "")
		wantState(t, s, "B1 A1 04 75 00 00 00")
		settle(t, s)
		after, _ := fetch(t, s, peyrins, 0)
		if numbers(after) != "[B1]" || after[0].OAIID != before[0].OAIID {
			t.Errorf("the set holds %s, identifier %s then %s", numbers(after), before[0].OAIID, after[0].OAIID)
		}
		if !strings.Contains(string(after[0].XML), "<ancien-numero>A1</ancien-numero>") {
			t.Errorf("it does not say what it replaces: %s", after[0].XML)
		}
		// Who still sends the old number is told, and its change lands on the card.
		out := storetest.Send(t, s, peyrins, withPhone(storetest.Card("a1"), "06 11 11 11 11"))
		wantOutcome(t, out[0], cards.Modified, "B1")
		wantState(t, s, "B1 A1 06 11 11 11 11")
		settle(t, s)
		if items, _ := fetch(t, s, peyrins, 0); numbers(items) != "[B1]" {
			t.Errorf("its sender does not have the number and is handed %s", numbers(items))
		}
		seq, _ := s.Seq(ctx)
		wantOutcome(t, storetest.Send(t, s, mours, withPhone(replacing("B1", "A1"), "06 11 11 11 11"))[0], cards.Unchanged, "")
		if now, _ := s.Seq(ctx); now != seq {
			t.Error("the replacement sent again is a change")
		}
	})
}

// A library that sends a card for the first time, and under a number of its own, may have had its reader all along and never
// taken the card: what it lacks is noted. One that sent the card before took it.
func TestWhatIsLackingUnderANewNumberIsNoted(t *testing.T) {
	for how, c := range map[string]struct {
		sentBefore bool
		notes      int64
	}{"it never sent the card": {notes: 1}, "it has sent it": {sentBefore: true}} {
		t.Run(how, func(t *testing.T) {
			storetest.Each(t, func(t *testing.T, s *store.Store) {
				mours, peyrins := storetest.Library(t, s, "mours"), storetest.Library(t, s, "peyrins")
				storetest.Send(t, s, mours, storetest.Card("A1"))
				settle(t, s)
				fetch(t, s, peyrins, 0)
				if c.sentBefore {
					storetest.Send(t, s, peyrins, storetest.Card("A1"))
				}
				storetest.Send(t, s, peyrins, withPhone(replacing("B1", "A1"), ""))
				wantState(t, s, "B1 A1 ")
				wantWaiting(t, s, cards.Waiting{Disputes: c.notes})
			})
		})
	}
}

// A library that only sends the old number again, with nothing new, is handed
// the card once more: its report may never be read.
func TestTheOldNumberSentAgainIsAnsweredOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		mours, peyrins := storetest.Library(t, s, "mours"), storetest.Library(t, s, "peyrins")
		storetest.Send(t, s, mours, storetest.Card("A1"))
		storetest.Send(t, s, mours, replacing("B1", "A1"))
		settle(t, s)
		_, closed := fetch(t, s, peyrins, 0)
		for round, want := range []string{"[B1]", "[]"} {
			wantOutcome(t, storetest.Send(t, s, peyrins, storetest.Card("A1"))[0], cards.Unchanged, "B1")
			settle(t, s)
			var items []cards.FeedItem
			if items, closed = fetch(t, s, peyrins, closed+1); numbers(items) != want {
				t.Errorf("round %d: handed %s, want %s", round, numbers(items), want)
			}
		}
	})
}

func TestNumbersReplacedInOtherWays(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		mours, peyrins := storetest.Library(t, s, "mours"), storetest.Library(t, s, "peyrins")
		// One that was never known leads to the new card from then on.
		wantOutcome(t, storetest.Send(t, s, mours, replacing("B1", "A1"))[0], cards.Created, "")
		wantState(t, s, "B1 A1 04 75 00 00 00")
		wantOutcome(t, storetest.Send(t, s, peyrins, storetest.Card("A1"))[0], cards.Unchanged, "B1")
		// One that was replaced twice leads to the last.
		wantOutcome(t, storetest.Send(t, s, mours, replacing("C1", "B1"))[0], cards.Modified, "")
		wantState(t, s, "C1 A1,B1 04 75 00 00 00")
		for _, old := range []string{"A1", "B1"} {
			wantOutcome(t, storetest.Send(t, s, peyrins, storetest.Card(old))[0], cards.Unchanged, "C1")
		}
		// What is left of the old record where the new one was sent changes nothing.
		wantOutcome(t, storetest.Send(t, s, mours, withPhone(storetest.Card("B1"), "01 00 00 00 00"))[0], cards.Stale, "C1")
		// A number that was replaced does not come back by itself.
		wantOutcome(t, storetest.Send(t, s, peyrins, replacing("B1", "C1"))[0], cards.Unchanged, "C1")
		wantState(t, s, "C1 A1,B1 04 75 00 00 00")
	})
}

func TestTwoLibrariesReplaceOneCardAtOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		mours, peyrins := storetest.Library(t, s, "mours"), storetest.Library(t, s, "peyrins")
		storetest.Send(t, s, mours, storetest.Card("A1"))
		settle(t, s)
		fetch(t, s, peyrins, 0)
		storetest.Send(t, s, mours, replacing("B1", "A1"))
		wantOutcome(t, storetest.Send(t, s, peyrins, replacing("C1", "A1"))[0], cards.Modified, "")
		wantState(t, s, "C1 A1,B1 04 75 00 00 00")
		rows := notes(t, s)
		if len(rows) != 1 {
			t.Fatalf("noted %+v", rows)
		}
		n := rows[0]
		if n.Field != "numero" || decode(t, n.Kept).Number != "C1" || decode(t, n.Lost).Number != "B1" || n.KeptBy != peyrins.ID || n.LostBy != mours.ID {
			t.Errorf("noted %+v", n)
		}
		// Both say it again: nothing moves.
		wantOutcome(t, storetest.Send(t, s, peyrins, replacing("C1", "A1"))[0], cards.Unchanged, "")
		wantOutcome(t, storetest.Send(t, s, mours, replacing("B1", "A1"))[0], cards.Unchanged, "C1")
		wantState(t, s, "C1 A1,B1 04 75 00 00 00")
	})
}

// Both numbers were cards of their own: the one sent goes on, with the history
// of both and what the other knew.
func TestACardTakesOverAnother(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		mours, peyrins := storetest.Library(t, s, "mours"), storetest.Library(t, s, "peyrins")
		old := storetest.Card("A1", func(c *cards.Card) { c.Email = "helene@example.org" })
		old.Given = old.Given.With(cards.Email)
		storetest.Send(t, s, mours, old)
		storetest.Send(t, s, peyrins, withPhone(storetest.Card("B1"), "06 11 11 11 11"))
		out := storetest.Send(t, s, peyrins, withPhone(replacing("B1", "A1"), "06 11 11 11 11"), storetest.Card("B2"))
		wantOutcome(t, out[0], cards.Modified, "")
		wantState(t, s, "B1 A1 06 11 11 11 11; B2  04 75 00 00 00")
		for query, want := range map[string]int64{
			"SELECT count(*) FROM versions v JOIN cards c ON c.id = v.card_id WHERE c.number = 'B1'": 3,
			"SELECT count(*) FROM versions WHERE card_id NOT IN (SELECT id FROM cards)":              0,
		} {
			var n int64
			if err := s.Read(ctx, &n, query); err != nil || n != want {
				t.Errorf("%s: %d, %v; want %d", query, n, err, want)
			}
		}
		settle(t, s)
		items, _ := fetch(t, s, peyrins, 0)
		if numbers(items) != "[B1]" || !strings.Contains(string(items[0].XML), "helene@example.org") {
			t.Errorf("handed %s", numbers(items))
		}
	})
}

func TestACardCannotReplaceAnotherPersons(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		mours := storetest.Library(t, s, "mours")
		storetest.Send(t, s, mours, storetest.Card("A1"))
		somebodyElse := func(in cards.Incoming) cards.Incoming {
			in.LastName, in.FirstName, in.BirthDate = "Roux", "Jean", "2011-05-04"
			return in
		}
		out := storetest.Send(t, s, mours, somebodyElse(replacing("B1", "A1", "Z9")))
		wantOutcome(t, out[0], cards.Rejected, "")
		if len(out[0].Faults) != 1 || out[0].Faults[0].Code != cards.FaultOtherPerson || out[0].Faults[0].Field != "ancien-numero" {
			t.Errorf("%+v", out[0].Faults)
		}
		wantState(t, s, "A1  04 75 00 00 00")
		var former int64
		if err := s.Read(ctx, &former, "SELECT count(*) FROM former_numbers"); err != nil || former != 0 {
			t.Errorf("%d numbers replaced, %v", former, err)
		}
		// Nor does one land on the card that replaced the number's.
		storetest.Send(t, s, mours, replacing("C1", "A1"))
		wantOutcome(t, storetest.Send(t, s, mours, somebodyElse(storetest.Card("A1")))[0], cards.Rejected, "")
	})
}

// A system turned down a card because a reader of its own has the number, of whom the hub has never heard. Once that
// reader has another one, the system names the number among the former ones: that replaces nothing either, also when
// it has taken the card, before that was heard or after.
func TestANumberThatASystemTurnedDownIsSettledByANewOne(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		mours, monnaie, peyrins := storetest.Library(t, s, "mours"), storetest.Library(t, s, "monnaie", withPush), storetest.Library(t, s, "peyrins", withPush)
		storetest.Send(t, s, mours, storetest.Card("A1"))
		feed, err := s.PushFeed(ctx, cards.FeedRange{LibraryID: monnaie.ID, Day: "2026-01-01", Limit: 9})
		must(t, err)
		refused := []cards.Refusal{{CardID: feed[0].CardID, Reason: cards.Quote("numéro déjà pris")}}
		for _, l := range []*cards.Library{monnaie, peyrins} {
			must(t, s.SettlePush(ctx, l.ID, feed[0].Seq, nil, refused))
		}
		taken := slices.Clone(feed)
		taken[0].Seq += 1 << 20 // it waited under a later one
		wantOutcome(t, storetest.Send(t, s, monnaie, anotherReader(replacing("B1", "A1")))[0], cards.Created, "")
		must(t, s.SettlePush(ctx, monnaie.ID, 0, taken, nil))
		wantOutcome(t, storetest.Send(t, s, monnaie, anotherReader(withPhone(replacing("B1", "A1"), "06 22 22 22 22")))[0], cards.Modified, "")
		must(t, s.SettlePush(ctx, peyrins.ID, 0, taken, nil))
		_, err = s.DeliverAgain(ctx, peyrins.ID, "Claire")
		must(t, err)
		wantOutcome(t, storetest.Send(t, s, peyrins, anotherReader(replacing("C1", "A1")))[0], cards.Created, "")
		wantState(t, s, "A1  04 75 00 00 00; B1  06 22 22 22 22; C1  04 75 00 00 00")
	})
}

// A library that fetches tells of it in its report. It is handed the card again, and takes it where the reader has another
// number by then.
func TestANumberThatWasTurnedDownAfterAFetchIsSettledByANewOne(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		mours, peyrins := storetest.Library(t, s, "mours"), storetest.Library(t, s, "peyrins")
		storetest.Send(t, s, mours, storetest.Card("A1"))
		settle(t, s)
		_, first := fetch(t, s, peyrins, 0)
		must(t, s.ConfirmPull(ctx, peyrins.ID, cards.Confirmation{Refused: []cards.NumberRefusal{{Number: "A1"}}}))
		settle(t, s)
		again, second := fetch(t, s, peyrins, first)
		if numbers(again) != "[A1]" {
			t.Fatal(numbers(again))
		}
		settle(t, s)
		fetch(t, s, peyrins, second+1)
		wantOutcome(t, storetest.Send(t, s, peyrins, anotherReader(replacing("B1", "A1")))[0], cards.Created, "")
	})
}

// Two libraries gave one number to two readers. Once the second gives its own
// another one, its system names the number that never was its reader's in the
// network: that replaces nothing.
func TestANumberGivenTwiceIsSettledByANewOne(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		mours, peyrins := storetest.Library(t, s, "mours"), storetest.Library(t, s, "peyrins")
		storetest.Send(t, s, mours, storetest.Card("A1"))
		if out := storetest.Send(t, s, peyrins, anotherReader(replacing("B1", "A1")))[0]; out.Result != cards.Rejected {
			t.Errorf("a number mistyped: %+v", out)
		}
		if out := storetest.Send(t, s, peyrins, anotherReader(storetest.Card("A1")))[0]; out.Result != cards.Rejected || out.Faults[0].Code != cards.FaultOtherPerson {
			t.Fatalf("one number for two readers: %+v", out)
		}
		for _, result := range []cards.Result{cards.Created, cards.Unchanged} {
			wantOutcome(t, storetest.Send(t, s, peyrins, anotherReader(replacing("B1", "a1")))[0], result, "")
		}
		wantState(t, s, "A1  04 75 00 00 00; B1  04 75 00 00 00")
		wantOutcome(t, storetest.Send(t, s, mours, withPhone(storetest.Card("A1"), "06 11 11 11 11"))[0], cards.Modified, "")
		// Nor once it leads to another card.
		storetest.Send(t, s, mours, replacing("M1", "A1"))
		wantOutcome(t, storetest.Send(t, s, peyrins, anotherReader(withPhone(replacing("B1", "a1"), "06 22 22 22 22")))[0], cards.Modified, "")
		wantState(t, s, "B1  06 22 22 22 22; M1 A1 04 75 00 00 00")
	})
}

// A document may hold both the old record and the new.
func TestOldAndNewNumberInOneDocument(t *testing.T) {
	old, fresh := withPhone(storetest.Card("A1"), "01 00 00 00 00"), withPhone(replacing("B1", "A1"), "02 00 00 00 00")
	for name, items := range map[string][]cards.Incoming{"old first": {old, fresh}, "new first": {fresh, old}} {
		for _, known := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, known %v", name, known), func(t *testing.T) {
				storetest.Each(t, func(t *testing.T, s *store.Store) {
					mours := storetest.Library(t, s, "mours")
					if known {
						storetest.Send(t, s, mours, storetest.Card("A1"))
					}
					for range 2 {
						storetest.Send(t, s, mours, items...)
						wantState(t, s, "B1 A1 02 00 00 00 00")
					}
				})
			})
		}
	}
}

// A document may tell a whole chain of replacements, or two of one card.
func TestSeveralReplacementsInOneDocument(t *testing.T) {
	chain := []cards.Incoming{replacing("B1", "A1"), replacing("C1", "B1")}
	rivals := []cards.Incoming{replacing("B1", "A1"), replacing("C1", "A1")}
	for name, items := range map[string][]cards.Incoming{"a chain": chain, "two of one card": rivals} {
		for _, known := range [][]string{nil, {"A1"}, {"A1", "B1"}, {"A1", "B1", "C1"}} {
			t.Run(fmt.Sprintf("%s, known %v", name, known), func(t *testing.T) {
				storetest.Each(t, func(t *testing.T, s *store.Store) {
					mours, peyrins := storetest.Library(t, s, "mours"), storetest.Library(t, s, "peyrins")
					for _, number := range known {
						storetest.Send(t, s, peyrins, storetest.Card(number))
					}
					storetest.Send(t, s, mours, items...)
					var former int64
					if err := s.Read(ctx, &former, "SELECT count(*) FROM former_numbers"); err != nil || former != 2 {
						t.Errorf("%d numbers replaced, %v", former, err)
					}
					if got := state(t, s); got != "C1 A1,B1 04 75 00 00 00" && got != "C1 B1,A1 04 75 00 00 00" {
						t.Errorf("the network holds %q", got)
					}
				})
			})
		}
	}
}

// A document may hold every record a reader ever had, whichever of them the
// network knows.
func TestAWholeChainOfRecordsInOneDocumentIsOneCard(t *testing.T) {
	for name, n := range map[string][]string{"numbers going up": {"A1", "B1", "C1"}, "numbers going down": {"C1", "B1", "A1"}, "to and fro": {"B1", "C1", "A1"}} {
		records := []cards.Incoming{storetest.Card(n[0]), replacing(n[1], n[0]), replacing(n[2], n[1])}
		for items, sent := range map[string][]cards.Incoming{
			"oldest first": records, "newest first": {records[2], records[1], records[0]}, "mixed": {records[1], records[2], records[0]}, "the new ones": records[1:],
		} {
			for known := range n {
				t.Run(fmt.Sprintf("%s, %s, known %v", name, items, n[:known]), func(t *testing.T) {
					storetest.Each(t, func(t *testing.T, s *store.Store) {
						mours, peyrins := storetest.Library(t, s, "mours"), storetest.Library(t, s, "peyrins")
						for _, number := range n[:known] {
							storetest.Send(t, s, peyrins, storetest.Card(number))
						}
						for _, out := range storetest.Send(t, s, mours, sent...) {
							if out.Number != n[2] {
								wantOutcome(t, out, cards.Stale, n[2])
							}
						}
						up, down := strings.Join([]string{n[0], n[1]}, ","), strings.Join([]string{n[1], n[0]}, ",")
						if got := state(t, s); got != n[2]+" "+up+" 04 75 00 00 00" && got != n[2]+" "+down+" 04 75 00 00 00" {
							t.Errorf("the network holds %q", got)
						}
					})
				})
			}
		}
	}
}

// Who is told the new number is told it as it was written.
func TestTheNewNumberIsToldAsItWasWritten(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		mours := storetest.Library(t, s, "mours")
		out := storetest.Send(t, s, mours, storetest.Card("Mours-1"), replacing("Mours-2", "Mours-1"))
		wantOutcome(t, out[0], cards.Stale, "Mours-2")
		out = storetest.Send(t, s, mours, replacing("Mours-3", "Mours-0"), replacing("Mours-4", "Mours-0"))
		wantOutcome(t, out[0], cards.Stale, "Mours-4")
	})
}

// Writers replace, and send, the same cards at once: whatever the order, each
// number leads to one card and no room is left behind.
func TestReplacementsAtOnce(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		const chains = 6
		var writers sync.WaitGroup
		for i := range 4 {
			l := storetest.Library(t, s, fmt.Sprintf("l%d", i))
			writers.Go(func() {
				for step := range 8 {
					if _, err := s.Apply(ctx, chainBatch(l, chains, (step+i)%4)); err != nil {
						t.Errorf("writer %d: %v", i, err)
					}
				}
			})
		}
		writers.Wait()
		for query, want := range map[string]int64{
			"SELECT count(*) FROM cards":                                                        chains,
			"SELECT count(*) FROM cards WHERE seq = 0":                                          0,
			"SELECT count(*) FROM cards c JOIN former_numbers f ON f.number_key = c.number_key": 0,
		} {
			var n int64
			if err := s.Read(ctx, &n, query); err != nil || n != want {
				t.Errorf("%s: %d, %v; want %d: %s", query, n, err, want, state(t, s))
			}
		}
	})
}

// chainBatch holds the nth number of every chain of replacements.
func chainBatch(l *cards.Library, chains, n int) cards.Batch {
	b := cards.Batch{Library: l, Door: cards.DoorPost, Moment: cards.Moment{Arrived: time.Now()}}
	for chain := range chains {
		var former []string
		if n > 0 {
			former = []string{fmt.Sprintf("C%d-%d", chain, n-1)}
		}
		b.Items = append(b.Items, cards.Item{Ordinal: chain + 1, Incoming: replacing(fmt.Sprintf("C%d-%d", chain, n), former...)})
	}
	return b
}

// The old number was valid in everybody's system: where the card that goes on
// has ended, they must hear of it.
func TestACardThatEndedTakesOverOneThatHadNot(t *testing.T) {
	ended := func(in cards.Incoming) cards.Incoming {
		in.Enrolment = cards.Registration{First: "2020-01-01", End: "2021-01-01"}
		return in
	}
	decide := map[string]func(*testing.T, *store.Store, *cards.Library) error{
		"a library": func(t *testing.T, s *store.Store, l *cards.Library) error {
			storetest.Send(t, s, l, ended(replacing("B1", "A1")))
			return nil
		},
		"staff": func(t *testing.T, s *store.Store, _ *cards.Library) error {
			lookForLikenesses(t, s)
			return s.SamePerson(ctx, "B1", "A1", "Claire")
		},
	}
	for who, takeOver := range decide {
		t.Run(who, func(t *testing.T) {
			storetest.Each(t, func(t *testing.T, s *store.Store) {
				mours, monnaie := storetest.Library(t, s, "mours"), storetest.Library(t, s, "monnaie", withPush)
				storetest.Send(t, s, mours, storetest.Card("A1"), ended(storetest.Card("B1")))
				if err := takeOver(t, s, mours); err != nil {
					t.Fatal(err)
				}
				wantState(t, s, "B1 A1 04 75 00 00 00")
				feed, err := s.PushFeed(ctx, cards.FeedRange{LibraryID: monnaie.ID, Day: time.Now().UTC().Format(time.DateOnly), Limit: 9})
				if err != nil || numbers(feed) != "[B1]" {
					t.Errorf("pushed %s, %v", numbers(feed), err)
				}
			})
		})
	}
}

// Its old record had what the new one lacks: a library holds that under the new
// number only once it was handed it.
func TestWhatACardInheritedIsNotHeldBeforeItIsHanded(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		mours, peyrins := storetest.Library(t, s, "mours"), storetest.Library(t, s, "peyrins")
		bare := func(in cards.Incoming) cards.Incoming {
			in.Phone, in.Given = "", in.Given.Without(cards.Phone)
			return in
		}
		storetest.Send(t, s, mours, bare(storetest.Card("B1")))
		storetest.Send(t, s, mours, storetest.Card("A1"))
		settle(t, s)
		_, closed := fetch(t, s, peyrins, 0)
		storetest.Send(t, s, peyrins, bare(replacing("B1", "A1")))
		wantState(t, s, "B1 A1 04 75 00 00 00")
		edited := bare(replacing("B1", "A1"))
		edited.FirstName = "Hélène-Marie"
		storetest.Send(t, s, peyrins, edited)
		settle(t, s)
		if items, _ := fetch(t, s, peyrins, closed+1); numbers(items) != "[B1]" {
			t.Errorf("its record under the new number has no phone, and it is handed %s", numbers(items))
		}
	})
}

// A desk whose system holds two records of one reader gives the one the other's number: what the record said that is
// replaced, now or before, undoes no later change of the card that goes on, and staff are told of both values.
func TestAReplacedRecordUndoesNothing(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		mours, peyrins := storetest.Library(t, s, "mours"), storetest.Library(t, s, "peyrins")
		for _, in := range []cards.Incoming{
			withPhone(storetest.Card("A1"), "04 75 00 00 01"), withPhone(storetest.Card("A1"), "04 75 00 00 02"),
			withPhone(storetest.Card("B1"), "04 75 00 00 03"), withPhone(storetest.Card("B1"), "04 75 00 00 04"),
		} {
			storetest.Send(t, s, mours, in)
		}
		settle(t, s)
		fetch(t, s, peyrins, 0)
		storetest.Send(t, s, peyrins, withPhone(replacing("B1", "A1"), "04 75 00 00 01"))
		wantState(t, s, "B1 A1 04 75 00 00 04")
		list, err := s.Disputes(ctx, cards.DisputeQuery{Limit: 10})
		if err != nil || len(list) != 2 || list[0].Lost.Value.Phone == list[1].Lost.Value.Phone {
			t.Errorf("open disputes %+v, %v", list, err)
		}
	})
}

// What a dry run says of a new card has nothing to do with the others beside
// it.
func TestARehearsalKeepsNewCardsApart(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		mours := storetest.Library(t, s, "mours")
		storetest.Send(t, s, mours, storetest.Card("Z1"))
		b := cards.Batch{Library: mours, Door: cards.DoorPost, Moment: cards.Moment{Arrived: time.Now()}, Rehearse: true}
		for i, in := range []cards.Incoming{replacing("X1", "U0"), replacing("Y1", "U1"), replacing("Z1", "U1")} {
			b.Items = append(b.Items, cards.Item{Ordinal: i + 1, Incoming: in})
		}
		dry, err := s.Apply(ctx, b)
		if err != nil {
			t.Fatal(err)
		}
		b.Rehearse = false
		done, err := s.Apply(ctx, b)
		if err != nil {
			t.Fatal(err)
		}
		for i := range done {
			wantOutcome(t, dry[i], done[i].Result, done[i].NewNumber)
		}
	})
}

// Of two new numbers the second was a card already: staff are told all the
// same.
func TestARivalThatWasACardIsNoted(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		mours, peyrins := storetest.Library(t, s, "mours"), storetest.Library(t, s, "peyrins")
		storetest.Send(t, s, mours, storetest.Card("A1"))
		storetest.Send(t, s, peyrins, storetest.Card("C1"))
		storetest.Send(t, s, mours, replacing("B1", "A1"))
		storetest.Send(t, s, peyrins, replacing("C1", "A1"))
		wantState(t, s, "C1 A1,B1 04 75 00 00 00")
		if rows := notesOf(t, s, cards.NumberField); len(rows) != 1 || rows[0].KeptBy != peyrins.ID || rows[0].LostBy != mours.ID {
			t.Errorf("noted %+v", rows)
		}
	})
}

// notesOf are the notes on one field.
func notesOf(t *testing.T, s *store.Store, field string) []noted {
	t.Helper()
	return slices.DeleteFunc(notes(t, s), func(n noted) bool { return n.Field != field })
}

// Two records of one reader become one: the later value stands, whoever makes
// them one, and the other one can still be chosen.
func TestTheEarlierOfTwoRecordsValuesCanBeChosen(t *testing.T) {
	joins := map[string]func(*testing.T, *store.Store, *cards.Library) error{
		"a library": func(t *testing.T, s *store.Store, l *cards.Library) error {
			storetest.Send(t, s, l, withPhone(replacing("B1", "A1"), "06 11 11 11 11"))
			return nil
		},
		"staff": func(t *testing.T, s *store.Store, _ *cards.Library) error {
			lookForLikenesses(t, s)
			return s.SamePerson(ctx, "B1", "A1", "Claire")
		},
	}
	for who, join := range joins {
		t.Run(who, func(t *testing.T) {
			storetest.Each(t, func(t *testing.T, s *store.Store) {
				mours, peyrins := storetest.Library(t, s, "mours"), storetest.Library(t, s, "peyrins")
				storetest.Send(t, s, mours, storetest.Card("A1"))
				storetest.Send(t, s, peyrins, withPhone(storetest.Card("B1"), "06 11 11 11 11"))
				storetest.Send(t, s, mours, withPhone(storetest.Card("A1"), "06 22 22 22 22"))
				if err := join(t, s, peyrins); err != nil {
					t.Fatal(err)
				}
				wantState(t, s, "B1 A1 06 22 22 22 22")
				rows := notesOf(t, s, "telephone")
				if len(rows) != 1 || rows[0].KeptBy != mours.ID || rows[0].LostBy != peyrins.ID || rows[0].LostAt > rows[0].KeptAt {
					t.Fatalf("noted %+v", rows)
				}
				list, err := s.Disputes(ctx, cards.DisputeQuery{Number: "A1", Limit: 9})
				if err != nil {
					t.Fatal(err)
				}
				i := slices.IndexFunc(list, func(d cards.Dispute) bool { return d.Field == "telephone" })
				if i < 0 || list[i].Overtaken() || list[i].Kept.Library != "mours" || list[i].Lost.Library != "peyrins" {
					t.Fatalf("staff see %+v", list)
				}
				if err := s.ChooseOther(ctx, list[i].ID, 0, "Claire"); err != nil {
					t.Fatal(err)
				}
				wantState(t, s, "B1 A1 06 11 11 11 11")
				// What the records held before is no edit: it does not come back.
				wantOutcome(t, storetest.Send(t, s, mours, withPhone(storetest.Card("A1"), "06 22 22 22 22"))[0], cards.Unchanged, "B1")
				wantState(t, s, "B1 A1 06 11 11 11 11")
			})
		})
	}
}

// A library that replaces the number another one gave, because it was handed
// it, is nobody's rival.
func TestAChainIsNoDispute(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		mours, peyrins := storetest.Library(t, s, "mours"), storetest.Library(t, s, "peyrins")
		storetest.Send(t, s, mours, storetest.Card("A1"))
		storetest.Send(t, s, mours, replacing("B1", "A1"))
		storetest.Send(t, s, peyrins, replacing("C1", "A1", "B1"))
		wantState(t, s, "C1 A1,B1 04 75 00 00 00")
		if rows := notes(t, s); len(rows) != 0 {
			t.Errorf("noted %+v", rows)
		}
	})
}

// A card that says it replaces another is another reader's and is rejected: the
// one it would have replaced, in the same document, stands for itself.
func TestARejectedReplacementDropsNoOther(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		mours, peyrins := storetest.Library(t, s, "mours"), storetest.Library(t, s, "peyrins")
		other := func(c *cards.Card) { c.LastName, c.FirstName, c.BirthDate = "Lopez", "Inès", "2001-01-01" }
		storetest.Send(t, s, mours, storetest.Card("N1", other), storetest.Card("N2", other))
		storetest.Send(t, s, peyrins, storetest.Card("B1"), storetest.Card("B2"))
		out := storetest.Send(t, s, peyrins, replacing("N1", "B1"), replacing("N2", "B2"),
			withPhone(storetest.Card("B1"), "06 11 11 11 11"), withPhone(storetest.Card("B2"), "06 22 22 22 22"))
		for i, want := range []cards.Result{cards.Rejected, cards.Rejected, cards.Modified, cards.Modified} {
			if out[i].Result != want || out[i].NewNumber != "" {
				t.Errorf("%s: %+v, want %s", out[i].Number, out[i], want)
			}
		}
		if len(out[0].Faults) != 1 || out[0].Faults[0].Code != cards.FaultOtherPerson {
			t.Errorf("%+v", out[0].Faults)
		}
	})
}
